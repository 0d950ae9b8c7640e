#pragma once

namespace banger {

/**
 * Has the kernel read what nearly every command maps and looks up, in a process of its own while the boot
 * goes on: or the first command would wait for the disk. Nobody waits for it, and an image without these
 * files loses nothing. `root` is the directory that will be the guest's root.
 */
void read_ahead(int root);

} // namespace banger
