#include "netlink/rtnl/link_names.h"

#include "netns/device_socket.h"

#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>

namespace banger::netlink {

Result<LinkNames> LinkNames::open() {
  auto fd = openDeviceSocket("links");
  if (!fd)
    return fd.error();
  return LinkNames(std::move(fd.value()));
}

Result<std::string> LinkNames::of(uint32_t index) {
  if (index == 0)
    return std::string();
  auto [entry, isNew] = known_.try_emplace(index);
  if (!isNew)
    return entry->second;
  ifreq request{};
  request.ifr_ifindex = static_cast<int>(index);
  if (::ioctl(fd_.get(), SIOCGIFNAME, &request) == 0)
    entry->second = request.ifr_name;
  else if (errno != ENODEV)
    return lastError("ioctl(SIOCGIFNAME)", "link " + std::to_string(index));
  return entry->second;
}

} // namespace banger::netlink
