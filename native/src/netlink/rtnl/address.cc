#include "netlink/rtnl/address.h"

#include "netlink/codec/attributes.h"
#include "netlink/socket.h"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

namespace banger::netlink {

// ifaddrmsg { IFA_LOCAL, IFA_ADDRESS }: the same in both, but for a peer's address
Bytes encodeAddressAdd(const LinkAddress& address, uint32_t sequence) {
  ifaddrmsg info{};
  info.ifa_family = AF_INET;
  info.ifa_prefixlen = address.prefix.bits;
  info.ifa_scope = RT_SCOPE_UNIVERSE;
  info.ifa_index = address.linkIndex;
  return Builder(RTM_NEWADDR, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, sequence)
      .fixed(info)
      .attribute(IFA_LOCAL, address.prefix.address)
      .attribute(IFA_ADDRESS, address.prefix.address)
      .finish();
}

// ifaddrmsg(family)
Bytes encodeAddressDump(uint32_t sequence) {
  ifaddrmsg info{};
  info.ifa_family = AF_INET;
  return Builder(RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP, sequence).fixed(info).finish();
}

std::optional<LinkAddress> decodeAddress(const Message& message) {
  auto info = fixedPart<ifaddrmsg>(message.payload);
  if (message.type != RTM_NEWADDR || !info || info->ifa_family != AF_INET)
    return std::nullopt;
  std::optional<Ipv4> local;
  AttributeReader reader(afterFixed(message.payload, sizeof(ifaddrmsg)));
  while (auto attribute = reader.next())
    if (attribute->type == IFA_LOCAL)
      local = attribute->as<Ipv4>();
  if (!local)
    return std::nullopt;
  return LinkAddress{info->ifa_index, {*local, info->ifa_prefixlen}};
}

Status addressAdd(const LinkAddress& address, const std::string& object) {
  return request(encodeAddressAdd(address, 1), {"netlink(RTM_NEWADDR)", object});
}

Result<std::vector<LinkAddress>> addressDump() {
  std::vector<LinkAddress> addresses;
  auto done = query(
      encodeAddressDump(1), {"netlink(RTM_GETADDR)", "addresses"}, [&] { addresses.clear(); },
      [&](const Message& reply) {
        if (auto address = decodeAddress(reply))
          addresses.push_back(*address);
      });
  if (!done)
    return done.error();
  return addresses;
}

} // namespace banger::netlink
