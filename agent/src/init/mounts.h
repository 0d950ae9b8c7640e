#pragma once

#include "sys/result.h"
#include "sys/unique_fd.h"

#include <string>

namespace banger {

/** /proc, /sys and /dev of the initramfs, and standard streams on the console where the kernel gave none. */
void mount_kernel_filesystems();

/** A mounted filesystem that can grow to the size of its disk. */
struct GrowableDisk {
  /** Its root directory; it is reached by this descriptor alone where the guest has no path to it. */
  UniqueFd directory;
  std::string device;
};

/** The root disk at /newroot, ext4, read-write. */
Result<GrowableDisk> mount_root(const std::string& device);

/** The work disk, ext4, mounted but nowhere yet (fsmount(2), Linux 5.2): its place is in a root that is
 * mounted meanwhile. */
Result<UniqueFd> mount_work(const std::string& device);

/** Puts what mount_work gave at `mount_point` of the new root, and closes it: open, it would keep the disk
 * from being unmounted. */
Status place_work(UniqueFd mount, const std::string& mount_point);

/** Makes /newroot the root of this process and of all that it starts, with /proc, /sys, /dev and what the
 * agent needs at once. */
void switch_root();

constexpr const char* new_root = "/newroot";

} // namespace banger
