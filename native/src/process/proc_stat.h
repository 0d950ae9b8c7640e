#pragma once

#include "sys/result.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <sys/types.h>

namespace banger {

// Field 22 of /proc/pid/stat, in clock ticks since boot.
// https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
std::optional<uint64_t> parseStartTime(std::string_view stat);

// ESRCH when there is no such process.
Result<uint64_t> processStartTime(pid_t pid);

} // namespace banger
