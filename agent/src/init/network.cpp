#include "init/network.h"

#include "init/rtnetlink.h"
#include "sys/file.h"
#include "sys/log.h"
#include "sys/unique_fd.h"

#include <arpa/inet.h>
#include <cstring>
#include <fcntl.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/ether.h>
#include <sys/ioctl.h>

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

namespace banger {

namespace {

struct Link {
  unsigned index;
  std::string name;
};

/** They count from 1 at boot, and there are two: the loopback and this VM's. */
constexpr int highest_link = 64;

/** The interface with this MAC. By numbers: a list of all interfaces would be the only reply of that kind in
 * a boot, and costs an emulated guest more than an address and its routes. */
Result<Link> find_link(const std::string& mac) {
  struct ether_addr wanted {};
  // Of any family: these requests go to the device layer.
  const UniqueFd socket(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket)
    return os_error("socket(AF_UNIX)");
  if (!::ether_aton_r(mac.c_str(), &wanted))
    return Error{EINVAL, "MAC " + mac};
  for (int index = 1; index <= highest_link; ++index) {
    ifreq request{};
    request.ifr_ifindex = index;
    if (::ioctl(socket.get(), SIOCGIFNAME, &request) == 0 &&
        ::ioctl(socket.get(), SIOCGIFHWADDR, &request) == 0 && request.ifr_hwaddr.sa_family == ARPHRD_ETHER &&
        std::memcmp(request.ifr_hwaddr.sa_data, &wanted, sizeof wanted) == 0) {
      return Link{static_cast<unsigned>(index), request.ifr_name};
    }
  }
  return Error{ENODEV, "no link with the MAC " + mac};
}

/** Before the link is up: the kernel would give it an address, and ask for routers, which nobody answers. */
Status turn_ipv6_off(int proc, const std::string& link) {
  const std::string path = "sys/net/ipv6/conf/" + link + "/disable_ipv6";
  const UniqueFd file(::openat(proc, path.c_str(), O_WRONLY | O_CLOEXEC));
  // A kernel without IPv6. One that has it as a module is not known: ours has it, or has it not.
  if (!file && errno == ENOENT)
    return Done{};
  if (!file || !write_all(file.get(), "1"))
    return os_error(path);
  return Done{};
}

Status link_up(Rtnetlink& netlink, unsigned index) {
  ifinfomsg body{};
  body.ifi_index = static_cast<int>(index);
  body.ifi_flags = IFF_UP;
  body.ifi_change = IFF_UP;
  return netlink.send(RTM_NEWLINK, 0, &body, sizeof body, {});
}

Status add_address(Rtnetlink& netlink, unsigned index, const in_addr& address) {
  ifaddrmsg body{};
  body.ifa_family = AF_INET;
  body.ifa_prefixlen = 32;
  body.ifa_index = index;
  return netlink.send(RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE, &body, sizeof body,
                      {attribute(IFA_LOCAL, address), attribute(IFA_ADDRESS, address)});
}

rtmsg route_body(unsigned char prefix, unsigned char scope) {
  rtmsg body{};
  body.rtm_family = AF_INET;
  body.rtm_dst_len = prefix;
  body.rtm_table = RT_TABLE_MAIN;
  body.rtm_protocol = RTPROT_BOOT;
  body.rtm_scope = scope;
  body.rtm_type = RTN_UNICAST;
  return body;
}

Status add_routes(Rtnetlink& netlink, unsigned index, const in_addr& gateway) {
  const rtmsg to_gateway = route_body(32, RT_SCOPE_LINK);
  auto status = netlink.send(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, &to_gateway, sizeof to_gateway,
                             {attribute(RTA_DST, gateway), attribute(RTA_OIF, index)});
  if (!status)
    return status;
  const rtmsg by_default = route_body(0, RT_SCOPE_UNIVERSE);
  return netlink.send(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, &by_default, sizeof by_default,
                      {attribute(RTA_GATEWAY, gateway), attribute(RTA_OIF, index)});
}

} // namespace

Status bring_up_loopback() {
  auto netlink = Rtnetlink::open();
  if (!netlink)
    return netlink.error();
  return link_up(*netlink, ::if_nametoindex("lo"));
}

Status configure_network(const NetworkConfig& config, int proc) {
  in_addr address{}, gateway{};
  if (::inet_pton(AF_INET, config.address.c_str(), &address) != 1)
    return Error{EINVAL, "address " + config.address};
  if (::inet_pton(AF_INET, config.gateway.c_str(), &gateway) != 1)
    return Error{EINVAL, "gateway " + config.gateway};
  auto link = find_link(config.mac);
  if (!link)
    return link.error();
  // The host drops it all the same: no reason to go without IPv4.
  if (auto status = turn_ipv6_off(proc, link->name); !status)
    log_line("banger-init", "IPv6", status.error().text());
  auto netlink = Rtnetlink::open();
  if (!netlink)
    return netlink.error();
  if (auto status = link_up(*netlink, link->index); !status)
    return status;
  if (auto status = add_address(*netlink, link->index, address); !status)
    return status;
  return add_routes(*netlink, link->index, gateway);
}

} // namespace banger
