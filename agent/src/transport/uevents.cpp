#include "transport/uevents.h"

#include <cerrno>
#include <sys/socket.h>

#include <linux/netlink.h>

namespace banger {

UniqueFd open_uevents() {
  UniqueFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_KOBJECT_UEVENT));
  sockaddr_nl address{};
  address.nl_family = AF_NETLINK;
  address.nl_groups = 1; // the kernel's own messages, not udev's
  if (!fd || ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0)
    return {};
  return fd;
}

void drain_uevents(int fd) {
  char message[8192];
  while (::recv(fd, message, sizeof message, 0) >= 0 || errno == ENOBUFS) {
  }
}

} // namespace banger
