#include "netlink/rtnl/neighbour.h"

#include "netlink/rtnl/link_names.h"
#include "netlink/socket.h"

#include <linux/neighbour.h>
#include <linux/rtnetlink.h>

namespace banger::netlink {
namespace {

// ndmsg(state) { NDA_DST, NDA_LLADDR? }
Bytes encode(uint16_t type, uint16_t flags, const Neighbour& neighbour, uint32_t sequence) {
  ndmsg info{};
  info.ndm_family = neighbour.address.family;
  info.ndm_ifindex = static_cast<int>(neighbour.linkIndex);
  info.ndm_state = neighbour.state;
  Builder builder(type, static_cast<uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags), sequence);
  builder.fixed(info).attribute(NDA_DST, neighbour.address.span());
  if (neighbour.mac)
    builder.attribute(NDA_LLADDR, *neighbour.mac);
  return builder.finish();
}

} // namespace

Bytes encodeNeighbourSet(const Neighbour& neighbour, uint32_t sequence) {
  return encode(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, neighbour, sequence);
}

Bytes encodeNeighbourDelete(const Neighbour& neighbour, uint32_t sequence) {
  return encode(RTM_DELNEIGH, 0, neighbour, sequence);
}

// ndmsg(family)
Bytes encodeNeighbourDump(uint8_t family, uint32_t sequence) {
  ndmsg info{};
  info.ndm_family = family;
  return Builder(RTM_GETNEIGH, NLM_F_REQUEST | NLM_F_DUMP, sequence).fixed(info).finish();
}

Decoded<Neighbour> decodeNeighbour(const Message& message) {
  // A bridge's table of MACs comes in the same messages, of another family.
  auto part = ipPart(message, RTM_NEWNEIGH, "RTM_NEWNEIGH", &ndmsg::ndm_family);
  if (!part)
    return part.error();
  if (!part.value())
    return nothing<Neighbour>();
  const ndmsg& info = *part.value();
  Neighbour found;
  found.linkIndex = static_cast<uint32_t>(info.ndm_ifindex);
  found.state = info.ndm_state;
  std::optional<Ip> address;
  bool good = eachAttribute(afterFixed(message.payload, sizeof info), [&](const Attribute& attribute) {
    if (attribute.type == NDA_DST)
      return toIp(attribute, info.ndm_family, address);
    // Links other than Ethernet have longer, shorter or no addresses.
    if (attribute.type == NDA_LLADDR)
      found.mac = attribute.as<Mac>();
    return true;
  });
  if (!good || !address)
    return malformed("RTM_NEWNEIGH");
  found.address = *address;
  return std::optional<Neighbour>(found);
}

Status neighbourSet(const Neighbour& neighbour, const std::string& object) {
  return request(encodeNeighbourSet(neighbour, 1), {"netlink(RTM_NEWNEIGH)", object});
}

Status neighbourDelete(const Neighbour& neighbour, const std::string& object) {
  return request(encodeNeighbourDelete(neighbour, 1), {"netlink(RTM_DELNEIGH)", object});
}

Result<std::vector<Neighbour>> neighbourDump(uint8_t family) {
  return named(dump<Neighbour>(encodeNeighbourDump(family, 1), {"netlink(RTM_GETNEIGH)", "neighbours"},
                               decodeNeighbour));
}

} // namespace banger::netlink
