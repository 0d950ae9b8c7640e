#pragma once

namespace banger {

/** banger-init, as PID 1: from the initramfs to the image's init. `argv` is main's: the agent renames itself
 * in it. */
[[noreturn]] void run_init(char** argv);

} // namespace banger
