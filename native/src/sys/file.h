#pragma once

#include "sys/result.h"
#include "sys/unique_fd.h"

#include <string>
#include <sys/stat.h>

namespace banger {

// open(2), always O_CLOEXEC, again after EINTR.
Result<UniqueFd> openFile(const std::string& path, int flags, mode_t mode = 0);

// The same of a path at which anything may lie: a FIFO without another end or a terminal without a line holds
// nobody, and no terminal becomes ours. What is opened waits as ever.
Result<UniqueFd> openAtOnce(const std::string& path, int flags);

// The whole of a small file of /proc or /sys; no more than its first MiB.
Result<std::string> readSmallFile(const std::string& path);

} // namespace banger
