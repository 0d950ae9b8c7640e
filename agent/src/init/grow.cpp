#include "init/grow.h"

#include "sys/unique_fd.h"

#include <cstdint>
#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>

namespace banger {

namespace {

// fs/ext4/ext4.h; not in the UAPI headers.
constexpr unsigned long ext4_ioc_resize_fs = _IOW('f', 16, uint64_t);

} // namespace

Status grow_ext4(int directory, const std::string& device) {
  const UniqueFd disk(::open(device.c_str(), O_RDONLY | O_CLOEXEC));
  if (!disk)
    return os_error(device);
  uint64_t bytes = 0;
  if (::ioctl(disk.get(), BLKGETSIZE64, &bytes) < 0)
    return os_error("ioctl(BLKGETSIZE64)");
  struct statfs info {};
  if (::fstatfs(directory, &info) < 0 || info.f_bsize <= 0)
    return os_error("fstatfs");
  uint64_t blocks = bytes / static_cast<uint64_t>(info.f_bsize);
  if (::ioctl(directory, ext4_ioc_resize_fs, &blocks) < 0)
    return os_error("ioctl(EXT4_IOC_RESIZE_FS)");
  return Done{};
}

} // namespace banger
