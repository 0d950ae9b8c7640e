#include "tun/tap.h"

#include "netns/netns.h"
#include "sys/file.h"

#include <cstring>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>

namespace banger {
namespace {

// The flags that Firecracker and QEMU ask for; a multi-queue TAP is refused by Firecracker with EINVAL.
constexpr short kTapFlags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR;

Result<UniqueFd> openQueue(const std::string& name, int flags) {
  if (name.empty() || name.size() >= IFNAMSIZ)
    return SysError{EINVAL, "ioctl(TUNSETIFF)", name, {}};
  auto fd = openInScope([] { return openFile("/dev/net/tun", O_RDWR | O_NONBLOCK); });
  if (!fd)
    return fd;
  ifreq request{};
  std::memcpy(request.ifr_name, name.data(), name.size());
  request.ifr_flags = static_cast<short>(flags);
  if (::ioctl(fd.value().get(), TUNSETIFF, &request) < 0)
    return lastError("ioctl(TUNSETIFF)", name);
  return fd;
}

} // namespace

Status createTap(const TapSpec& spec) {
  // IFF_TUN_EXCL: without it TUNSETIFF quietly attaches to a device that is already there.
  auto fd = openQueue(spec.name, kTapFlags | IFF_TUN_EXCL);
  if (!fd)
    return fd.error();
  int queue = fd.value().get();
  if (::ioctl(queue, TUNSETOWNER, static_cast<unsigned long>(spec.owner)) < 0)
    return lastError("ioctl(TUNSETOWNER)", spec.name);
  if (spec.mac) {
    ifreq request{};
    request.ifr_hwaddr.sa_family = ARPHRD_ETHER;
    std::memcpy(request.ifr_hwaddr.sa_data, spec.mac->data(), spec.mac->size());
    if (::ioctl(queue, SIOCSIFHWADDR, &request) < 0)
      return lastError("ioctl(SIOCSIFHWADDR)", spec.name);
  }
  // Last: until here, closing the descriptor removes the device again.
  if (::ioctl(queue, TUNSETPERSIST, 1UL) < 0)
    return lastError("ioctl(TUNSETPERSIST)", spec.name);
  return Unit{};
}

Result<UniqueFd> attachTap(const std::string& name) {
  auto fd = openQueue(name, kTapFlags);
  if (!fd)
    return fd;
  ifreq request{};
  if (::ioctl(fd.value().get(), TUNGETIFF, &request) < 0)
    return lastError("ioctl(TUNGETIFF)", name);
  // Not persistent: TUNSETIFF has just made it, so there was none. Closing removes it.
  if ((request.ifr_flags & IFF_PERSIST) == 0)
    return SysError{ENODEV, "ioctl(TUNSETIFF)", name, {}};
  return fd;
}

} // namespace banger
