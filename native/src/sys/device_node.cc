#include "sys/device_node.h"

#include "sys/file.h"

#include <cstdio>
#include <optional>
#include <sys/stat.h>
#include <sys/sysmacros.h>

namespace banger {
namespace {

constexpr const char* kDirectory = "/dev/";

std::optional<DeviceNode> blockDeviceOf(const std::string& path) {
  std::string name = path.rfind(kDirectory, 0) == 0 ? path.substr(5) : "";
  if (name.empty() || name.find('/') != std::string::npos || name.front() == '.')
    return std::nullopt;
  auto text = readSmallFile("/sys/class/block/" + name + "/dev");
  unsigned major = 0;
  unsigned minor = 0;
  if (!text || std::sscanf(text.value().c_str(), "%u:%u", &major, &minor) != 2)
    return std::nullopt;
  return DeviceNode{::gnu_dev_makedev(major, minor), S_IFBLK};
}

} // namespace

Result<DeviceNode> deviceNode(const std::string& path) {
  struct stat info {};
  if (::stat(path.c_str(), &info) < 0) {
    SysError error = lastError("stat", path);
    auto block = error.err == ENOENT ? blockDeviceOf(path) : std::nullopt;
    if (block)
      return *block;
    return error;
  }
  if (!S_ISCHR(info.st_mode) && !S_ISBLK(info.st_mode))
    return SysError{ENODEV, "stat", path, "not a device node"};
  return DeviceNode{info.st_rdev, info.st_mode & S_IFMT};
}

} // namespace banger
