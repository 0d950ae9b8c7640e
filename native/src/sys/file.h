#pragma once

#include "sys/result.h"
#include "sys/unique_fd.h"

#include <string>
#include <sys/stat.h>

namespace banger {

// open(2), always O_CLOEXEC, again after EINTR.
Result<UniqueFd> openFile(const std::string& path, int flags, mode_t mode = 0);

// The whole of a small file of /proc or /sys; no more than its first `mostBytes`.
Result<std::string> readSmallFile(const std::string& path, size_t mostBytes = size_t{1} << 20);

} // namespace banger
