#pragma once

#include <sys/types.h>

namespace banger {

/** Sends a signal to every process of a session: the kernel has no call for it, /proc/<pid>/stat names each
 * one's session. */
void signal_session(pid_t session, int number);

} // namespace banger
