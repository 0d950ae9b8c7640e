#pragma once

#include "init/disks.h"

namespace banger {

/**
 * Has the kernel read what laying files and nearly every command looks up and maps, in a process of its own
 * while the boot goes on: or both would wait for the disk at every step. Nobody waits for it, and an image
 * without these files loses nothing. `root` is the directory that will be the guest's root; a mount
 * forgets what was read of its disk before, so it comes first.
 */
void read_ahead(int root, const Disks& disks);

} // namespace banger
