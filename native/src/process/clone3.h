#pragma once

#include <linux/sched.h>
#include <sys/types.h>

namespace banger {

// clone3 (Linux 5.3) for a child that runs `entry(argument)` on the stack named in `args` and never returns.
// Returns the pid, or a negative errno.
pid_t cloneOnStack(clone_args& args, void (*entry)(void*), void* argument);

} // namespace banger
