#pragma once

namespace banger {

/** PID 1 of an image without an init: reaps orphans, ends the machine by `end_command` on SIGUSR2 (also
 * SIGTERM and SIGPWR), reboots on SIGINT. */
[[noreturn]] void serve_as_pid1(int end_command);

/** Ends everything, syncs, and powers off (or does what `command` says: reboot(2)). */
[[noreturn]] void end_machine(int command);

/** reboot(2) and nothing else: waits for nobody, and writes nothing back. */
[[noreturn]] void end_at_once(int command);

} // namespace banger
