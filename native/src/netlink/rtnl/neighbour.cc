#include "netlink/rtnl/neighbour.h"

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
  if (message.type != RTM_NEWNEIGH)
    return nothing<Neighbour>();
  auto info = fixedPart<ndmsg>(message.payload);
  if (!info)
    return malformed("RTM_NEWNEIGH");
  // A bridge's table of MACs comes in the same messages.
  if (!isIpFamily(info->ndm_family))
    return nothing<Neighbour>();
  Neighbour found;
  found.linkIndex = static_cast<uint32_t>(info->ndm_ifindex);
  found.state = info->ndm_state;
  std::optional<Ip> address;
  bool good = true;
  AttributeReader reader(afterFixed(message.payload, sizeof(ndmsg)));
  while (auto attribute = reader.next()) {
    if (attribute->type == NDA_DST)
      good = toIp(*attribute, info->ndm_family, address) && good;
    // Links other than Ethernet have longer, shorter or no addresses.
    if (attribute->type == NDA_LLADDR)
      found.mac = attribute->as<Mac>();
  }
  if (!good || reader.malformed() || !address)
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
  return dump<Neighbour>(encodeNeighbourDump(family, 1), {"netlink(RTM_GETNEIGH)", "neighbours"},
                         decodeNeighbour);
}

} // namespace banger::netlink
