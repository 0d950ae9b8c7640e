#pragma once

#include "sys/result.h"
#include "sys/unique_fd.h"

#include <cstdint>
#include <sys/types.h>

namespace banger {

// A pidfd of exactly this process (Linux 5.3): the start time is compared after the pidfd is open, so a
// reused pid is ESRCH.
Result<UniqueFd> openProcess(pid_t pid, uint64_t startTimeTicks);

// pidfd_send_signal (Linux 5.1) to exactly this process.
Status signalProcess(pid_t pid, uint64_t startTimeTicks, int signal);

// SIGKILL to a child of ours, and reaps it.
void endProcess(int pidfd);

} // namespace banger
