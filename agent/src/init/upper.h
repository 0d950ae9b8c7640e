#pragma once

#include "sys/result.h"

#include <string>
#include <sys/types.h>

namespace banger {

/** Overlayfs cannot lie over overlayfs: what container engines keep is on the upper disk beside it. */
struct EngineDirectory {
  /** In the guest's root. */
  const char* path;
  /** On the upper disk. */
  const char* name;
  mode_t mode;
};
inline constexpr EngineDirectory engine_directories[] = {
    {"var/lib/docker", "docker", 0710},
    {"var/lib/containerd", "containerd", 0711},
    {"var/lib/containers", "containers", 0755},
};

/**
 * Makes `root` and `work` on an upper disk mounted at `upper`, where they are missing: before the overlay is,
 * for what lies below one must not change. The new root has the attributes of the image's (mounted at
 * `lower`), and the directories that every boot writes into with owners and modes of the image's (not their
 * times): overlayfs would copy up each by way of its work directory, attribute by attribute and with a
 * rename.
 */
Status make_upper_directories(const std::string& lower, const std::string& upper);

} // namespace banger
