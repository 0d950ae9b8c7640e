#pragma once

#include "init/mounts.h"

namespace banger {

/**
 * Mounts at /newroot the image's own filesystem (`image`, a read-only disk that other VMs use too) joined
 * with what this VM has changed (`upper`, a small ext4 of its own). What is joined is mounted nowhere else
 * afterwards; of the upper disk only the directories for container engines' data are to be seen, where those
 * engines look for them.
 */
Result<GrowableDisk> mount_overlay_root(const std::string& image, const std::string& upper);

} // namespace banger
