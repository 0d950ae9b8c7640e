#include "transport/virtio_port.h"

#include "sys/file.h"
#include "transport/uevents.h"

#include <dirent.h>
#include <fcntl.h>
#include <memory>
#include <string>
#include <sys/epoll.h>

namespace banger {

namespace {

constexpr const char* port_name = "banger.agent";
constexpr const char* ports = "/sys/class/virtio-ports";

UniqueFd open_port() {
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

} // namespace

VirtioPortFinder::VirtioPortFinder(EventLoop& loop, OnFound on_found)
    : loop_(loop), on_found_(std::move(on_found)), uevents_(open_uevents()) {
  if (uevents_) {
    loop_.watch(uevents_.get(), EPOLLIN, [this](uint32_t) {
      drain_uevents(uevents_.get());
      look();
    });
  }
  look();
}

VirtioPortFinder::~VirtioPortFinder() {
  if (uevents_)
    loop_.unwatch(uevents_.get());
}

void VirtioPortFinder::look() {
  UniqueFd port = open_port();
  if (!port)
    return;
  // Found: booting systemd makes thousands of uevents, none of which is for us.
  if (uevents_)
    loop_.unwatch(uevents_.get());
  uevents_.reset();
  on_found_(std::move(port));
}

} // namespace banger
