#include "netlink/rtnl/address.h"

#include "netlink/rtnl/link_names.h"
#include "netlink/socket.h"

#include <linux/if_addr.h>
#include <linux/rtnetlink.h>

namespace banger::netlink {
namespace {

// ifaddrmsg { IFA_LOCAL, IFA_FLAGS?, IFA_ADDRESS }: the address twice, but for a peer's. ifaddrmsg has room
// for eight flags only.
Bytes encode(uint16_t type, uint16_t flags, const LinkAddress& address, uint32_t sequence) {
  ifaddrmsg info{};
  info.ifa_family = address.prefix.address.family;
  info.ifa_prefixlen = address.prefix.bits;
  info.ifa_scope = address.scope;
  info.ifa_index = address.linkIndex;
  if (address.flags <= 0xff)
    info.ifa_flags = static_cast<uint8_t>(address.flags);
  Builder builder(type, static_cast<uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags), sequence);
  builder.fixed(info).attribute(IFA_LOCAL, address.prefix.address.span());
  if (address.flags > 0xff)
    builder.attribute(IFA_FLAGS, address.flags);
  builder.attribute(IFA_ADDRESS, address.peer.value_or(address.prefix.address).span());
  return builder.finish();
}

} // namespace

Bytes encodeAddressAdd(const LinkAddress& address, uint32_t sequence) {
  return encode(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, address, sequence);
}

Bytes encodeAddressDelete(const LinkAddress& address, uint32_t sequence) {
  return encode(RTM_DELADDR, 0, address, sequence);
}

// ifaddrmsg(family)
Bytes encodeAddressDump(uint8_t family, uint32_t sequence) {
  ifaddrmsg info{};
  info.ifa_family = family;
  return Builder(RTM_GETADDR, NLM_F_REQUEST | NLM_F_DUMP, sequence).fixed(info).finish();
}

Decoded<LinkAddress> decodeAddress(const Message& message) {
  auto part = ipPart(message, RTM_NEWADDR, "RTM_NEWADDR", &ifaddrmsg::ifa_family);
  if (!part)
    return part.error();
  if (!part.value())
    return nothing<LinkAddress>();
  const ifaddrmsg& info = *part.value();
  LinkAddress found{info.ifa_index, {}, {}, info.ifa_scope, info.ifa_flags, {}};
  std::optional<Ip> local;
  std::optional<Ip> address;
  bool good = eachAttribute(afterFixed(message.payload, sizeof info), [&](const Attribute& attribute) {
    switch (attribute.type) {
    case IFA_LOCAL:
      return toIp(attribute, info.ifa_family, local);
    case IFA_ADDRESS:
      return toIp(attribute, info.ifa_family, address);
    case IFA_FLAGS:
      return attribute.to(found.flags);
    default:
      return true;
    }
  });
  // IPv6 leaves IFA_LOCAL out where there is no peer.
  if (!local)
    local = address;
  if (!good || !local || info.ifa_prefixlen > local->maximumBits())
    return malformed("RTM_NEWADDR");
  found.prefix = {*local, info.ifa_prefixlen};
  if (address && !(*address == *local))
    found.peer = address;
  return std::optional<LinkAddress>(found);
}

Status addressAdd(const LinkAddress& address, const std::string& object) {
  return request(encodeAddressAdd(address, 1), {"netlink(RTM_NEWADDR)", object});
}

Status addressDelete(const LinkAddress& address, const std::string& object) {
  return request(encodeAddressDelete(address, 1), {"netlink(RTM_DELADDR)", object});
}

Result<std::vector<LinkAddress>> addressDump(uint8_t family) {
  return named(
      dump<LinkAddress>(encodeAddressDump(family, 1), {"netlink(RTM_GETADDR)", "addresses"}, decodeAddress));
}

} // namespace banger::netlink
