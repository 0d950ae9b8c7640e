#include "loop/loop.h"

#include "sys/file.h"

#include <algorithm>
#include <cstring>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/loop.h>
#include <sys/ioctl.h>

namespace banger {

Result<uint32_t> loopGetFree() {
  auto control = openFile("/dev/loop-control", O_RDWR);
  if (!control)
    return control.error();
  int index = ::ioctl(control.value().get(), LOOP_CTL_GET_FREE);
  if (index < 0)
    return lastError("ioctl(LOOP_CTL_GET_FREE)", "/dev/loop-control");
  return static_cast<uint32_t>(index);
}

namespace {
// Callers name the device: what waits when it is opened (a FIFO) is none.
Result<UniqueFd> openNode(const std::string& device) {
  struct stat info {};
  if (::stat(device.c_str(), &info) == 0 && !S_ISBLK(info.st_mode))
    return SysError{EINVAL, "open", device, "not a block device"};
  return openFile(device, O_RDONLY);
}
} // namespace

Status loopConfigure(const LoopConfig& config) {
  loop_config request{};
  if (config.name.size() >= LO_NAME_SIZE)
    return SysError{ENAMETOOLONG, "ioctl(LOOP_CONFIGURE)", config.device, {}};
  // A read-only descriptor on file *or* node gives a read-only device silently, so both are opened as asked.
  int access = config.readOnly ? O_RDONLY : O_RDWR;
  auto backing = openAtOnce(config.backingFile, access);
  if (!backing)
    return backing.error();
  auto node = openFile(config.device, access);
  if (!node)
    return node.error();
  request.fd = static_cast<uint32_t>(backing.value().get());
  request.block_size = config.blockSize;
  request.info.lo_offset = config.offsetBytes;
  request.info.lo_sizelimit = config.sizeLimitBytes;
  request.info.lo_flags = (config.readOnly ? uint32_t{LO_FLAGS_READ_ONLY} : 0u) |
                          (config.directIo ? uint32_t{LO_FLAGS_DIRECT_IO} : 0u) |
                          (config.autoclear ? uint32_t{LO_FLAGS_AUTOCLEAR} : 0u);
  std::memcpy(request.info.lo_file_name, config.name.data(), config.name.size());
  if (::ioctl(node.value().get(), LOOP_CONFIGURE, &request) < 0)
    return lastError("ioctl(LOOP_CONFIGURE)", config.device);
  return Unit{};
}

Result<LoopStatus> loopStatus(const std::string& device) {
  auto node = openNode(device);
  if (!node)
    return node.error();
  loop_info64 info{};
  if (::ioctl(node.value().get(), LOOP_GET_STATUS64, &info) < 0)
    return lastError("ioctl(LOOP_GET_STATUS64)", device);
  uint64_t sizeBytes = 0;
  if (::ioctl(node.value().get(), BLKGETSIZE64, &sizeBytes) < 0)
    return lastError("ioctl(BLKGETSIZE64)", device);
  int blockSize = 0;
  if (::ioctl(node.value().get(), BLKSSZGET, &blockSize) < 0)
    return lastError("ioctl(BLKSSZGET)", device);
  const char* name = reinterpret_cast<const char*>(info.lo_file_name);
  LoopStatus status;
  status.index = info.lo_number;
  status.name.assign(name, ::strnlen(name, LO_NAME_SIZE));
  status.backingInode = info.lo_inode;
  status.backingDevice = info.lo_device;
  status.offsetBytes = info.lo_offset;
  status.sizeLimitBytes = info.lo_sizelimit;
  status.sizeBytes = sizeBytes;
  status.blockSize = static_cast<uint32_t>(blockSize);
  status.readOnly = (info.lo_flags & LO_FLAGS_READ_ONLY) != 0;
  status.autoclear = (info.lo_flags & LO_FLAGS_AUTOCLEAR) != 0;
  status.directIo = (info.lo_flags & LO_FLAGS_DIRECT_IO) != 0;
  return status;
}

namespace {
Status onDevice(const std::string& device, unsigned long request, const char* syscall,
                unsigned long argument = 0) {
  auto node = openNode(device);
  if (!node)
    return node.error();
  if (::ioctl(node.value().get(), request, argument) < 0)
    return lastError(syscall, device);
  return Unit{};
}
} // namespace

Status loopClear(const std::string& device) {
  return onDevice(device, LOOP_CLR_FD, "ioctl(LOOP_CLR_FD)");
}

Status loopSetCapacity(const std::string& device) {
  return onDevice(device, LOOP_SET_CAPACITY, "ioctl(LOOP_SET_CAPACITY)");
}

Status loopSetDirectIo(const std::string& device, bool on) {
  return onDevice(device, LOOP_SET_DIRECT_IO, "ioctl(LOOP_SET_DIRECT_IO)", on ? 1 : 0);
}

} // namespace banger
