#include "netns/device_socket.h"

#include "netns/netns.h"

#include <cstring>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

namespace banger {

Result<UniqueFd> openDeviceSocket(const std::string& object) {
  return openInScope([&]() -> Result<UniqueFd> {
    UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    if (!fd)
      return lastError("socket(AF_UNIX)", object);
    return fd;
  });
}

Result<bool> linkExists(const std::string& name) {
  constexpr const char* syscall = "setsockopt(SO_BINDTODEVICE)";
  // An empty name unbinds, and of a long one the kernel takes the beginning.
  if (name.empty() || name.size() >= IFNAMSIZ)
    return SysError{EINVAL, syscall, name, {}};
  auto socket = openDeviceSocket(name);
  if (!socket)
    return socket.error();
  auto size = static_cast<socklen_t>(name.size());
  if (::setsockopt(socket.value().get(), SOL_SOCKET, SO_BINDTODEVICE, name.data(), size) == 0)
    return true;
  if (errno != ENODEV)
    return lastError(syscall, name);
  return false;
}

Result<uint32_t> linkIndexOf(const std::string& name) {
  constexpr const char* syscall = "ioctl(SIOCGIFINDEX)";
  ifreq request{};
  if (name.empty() || name.size() >= sizeof request.ifr_name)
    return SysError{EINVAL, syscall, name, {}};
  auto socket = openDeviceSocket(name);
  if (!socket)
    return socket.error();
  std::memcpy(request.ifr_name, name.data(), name.size());
  if (::ioctl(socket.value().get(), SIOCGIFINDEX, &request) < 0)
    return lastError(syscall, name);
  return static_cast<uint32_t>(request.ifr_ifindex);
}

} // namespace banger
