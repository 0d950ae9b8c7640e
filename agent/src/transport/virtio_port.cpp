#include "transport/virtio_port.h"

#include "sys/file.h"

#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <string>

namespace banger {

namespace {

constexpr const char* port_name = "banger.agent";
constexpr const char* ports = "/sys/class/virtio-ports";

} // namespace

UniqueFd open_virtio_port() {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir(ports), ::closedir);
  while (const dirent* entry = directory ? ::readdir(directory.get()) : nullptr) {
    const std::string device = entry->d_name;
    const auto name = read_file((std::string(ports) + "/" + device + "/name").c_str(), 256);
    if (!name || trim_end(*name) != port_name)
      continue;
    return UniqueFd(::open(("/dev/" + device).c_str(), O_RDWR | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  }
  return {};
}

} // namespace banger
