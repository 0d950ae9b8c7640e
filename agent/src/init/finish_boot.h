#pragma once

#include "init/disks.h"
#include "init/manifest.h"
#include "init/mounts.h"
#include "sys/unique_fd.h"

#include <chrono>
#include <string>
#include <vector>

namespace banger {

struct UnfinishedBoot {
  const Manifest* manifest;
  Disks disks;
  /** What the changes to the root are on. */
  GrowableDisk root_disk;
  /** Not before it. */
  std::chrono::steady_clock::time_point grow_at;
  std::vector<std::string> late_modules;
  /** /modules of the initramfs, or no descriptor. */
  UniqueFd modules;
};

/**
 * Does what nobody waits for in a process of its own, a child of init's: grows the disks and loads the late
 * modules. Forked by init, and not by the agent: a fork, and a copy of each page that is written after it,
 * are dear to an emulated guest. Where the image has an init, only when the first command has begun or its
 * head start is over; an init of ours has signals to serve from the start.
 */
void finish_boot(UnfinishedBoot boot);

} // namespace banger
