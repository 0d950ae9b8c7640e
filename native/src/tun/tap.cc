#include "tun/tap.h"

#include "netns/device_socket.h"
#include "netns/netns.h"
#include "sys/file.h"

#include <cstring>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

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

Status configure(int queue, const std::string& name, const TapSettings& settings) {
  if (settings.owner && ::ioctl(queue, TUNSETOWNER, static_cast<unsigned long>(*settings.owner)) < 0)
    return lastError("ioctl(TUNSETOWNER)", name);
  if (settings.group && ::ioctl(queue, TUNSETGROUP, static_cast<unsigned long>(*settings.group)) < 0)
    return lastError("ioctl(TUNSETGROUP)", name);
  if (settings.mac) {
    ifreq request{};
    request.ifr_hwaddr.sa_family = ARPHRD_ETHER;
    std::memcpy(request.ifr_hwaddr.sa_data, settings.mac->data(), settings.mac->size());
    if (::ioctl(queue, SIOCSIFHWADDR, &request) < 0)
      return lastError("ioctl(SIOCSIFHWADDR)", name);
  }
  if (settings.vnetHeaderBytes && ::ioctl(queue, TUNSETVNETHDRSZ, &*settings.vnetHeaderBytes) < 0)
    return lastError("ioctl(TUNSETVNETHDRSZ)", name);
  if (settings.offloads && ::ioctl(queue, TUNSETOFFLOAD, static_cast<unsigned long>(*settings.offloads)) < 0)
    return lastError("ioctl(TUNSETOFFLOAD)", name);
  return Unit{};
}

// There is no TUNGETOFFLOAD; the link's features are what it set.
Result<bool> linkFeature(int socket, const std::string& name, uint32_t command) {
  ethtool_value value{};
  value.cmd = command;
  ifreq request{};
  std::memcpy(request.ifr_name, name.data(), name.size()); // attachTap has checked its length
  request.ifr_data = reinterpret_cast<char*>(&value);
  if (::ioctl(socket, SIOCETHTOOL, &request) < 0)
    return lastError("ioctl(SIOCETHTOOL)", name);
  return value.data != 0;
}

} // namespace

Status createTap(const std::string& name, const TapSettings& settings) {
  // IFF_TUN_EXCL: without it TUNSETIFF quietly attaches to a device that is already there.
  auto fd = openQueue(name, kTapFlags | IFF_TUN_EXCL);
  if (!fd)
    return fd.error();
  auto configured = configure(fd.value().get(), name, settings);
  if (!configured)
    return configured;
  // Last: until here, closing the descriptor removes the device again.
  if (::ioctl(fd.value().get(), TUNSETPERSIST, 1UL) < 0)
    return lastError("ioctl(TUNSETPERSIST)", name);
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

Status configureTap(const std::string& name, const TapSettings& settings) {
  auto fd = attachTap(name);
  if (!fd)
    return fd.error();
  return configure(fd.value().get(), name, settings);
}

Status setTapPersistent(const std::string& name, bool persistent) {
  auto fd = attachTap(name);
  if (!fd)
    return fd.error();
  if (::ioctl(fd.value().get(), TUNSETPERSIST, persistent ? 1UL : 0UL) < 0)
    return lastError("ioctl(TUNSETPERSIST)", name);
  return Unit{};
}

Result<TapState> inspectTap(const std::string& name) {
  auto fd = attachTap(name);
  if (!fd)
    return fd.error();
  TapState state;
  if (::ioctl(fd.value().get(), TUNGETVNETHDRSZ, &state.vnetHeaderBytes) < 0)
    return lastError("ioctl(TUNGETVNETHDRSZ)", name);
  auto socket = openDeviceSocket(name);
  if (!socket)
    return socket.error();
  auto checksum = linkFeature(socket.value().get(), name, ETHTOOL_GTXCSUM);
  if (!checksum)
    return checksum.error();
  auto segmentation = linkFeature(socket.value().get(), name, ETHTOOL_GTSO);
  if (!segmentation)
    return segmentation.error();
  state.checksumOffload = checksum.value();
  state.segmentationOffload = segmentation.value();
  return state;
}

} // namespace banger
