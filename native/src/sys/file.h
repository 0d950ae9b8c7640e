#pragma once

#include "sys/result.h"
#include "sys/unique_fd.h"

#include <string>
#include <sys/stat.h>

namespace banger {

// open(2), always O_CLOEXEC, again after EINTR.
Result<UniqueFd> openFile(const std::string& path, int flags, mode_t mode = 0);

// The whole of a small file of /proc or /sys; no more than its first MiB.
Result<std::string> readSmallFile(const std::string& path);

} // namespace banger
