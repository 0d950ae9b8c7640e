#include "netlink/codec/attributes.h"
#include "netlink/rtnl/link.h"

#include <cstddef>
#include <cstdio>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

namespace banger::netlink {
namespace {

std::string formatMac(ByteSpan bytes) {
  if (bytes.size() != 6)
    return {};
  char text[18];
  std::snprintf(text, sizeof text, "%02x:%02x:%02x:%02x:%02x:%02x", bytes[0], bytes[1], bytes[2], bytes[3],
                bytes[4], bytes[5]);
  return text;
}

bool decodeTun(ByteSpan data, std::optional<TunData>& out) {
  TunData& tun = out.emplace();
  return eachAttribute(data, [&](const Attribute& attribute) {
    switch (attribute.type) {
    case IFLA_TUN_OWNER:
      return attribute.to(tun.owner);
    case IFLA_TUN_GROUP:
      return attribute.to(tun.group);
    case IFLA_TUN_TYPE:
      return attribute.to(tun.type);
    case IFLA_TUN_VNET_HDR:
      return attribute.to(tun.vnetHeader);
    case IFLA_TUN_PERSIST:
      return attribute.to(tun.persist);
    case IFLA_TUN_MULTI_QUEUE:
      return attribute.to(tun.multiQueue);
    default:
      return true;
    }
  });
}

bool decodeBridge(ByteSpan data, std::optional<uint32_t>& stp) {
  return eachAttribute(data, [&](const Attribute& attribute) {
    return attribute.type != IFLA_BR_STP_STATE || attribute.to(stp);
  });
}

bool decodePort(ByteSpan data, std::optional<BridgePort>& out) {
  BridgePort& port = out.emplace();
  return eachAttribute(data, [&](const Attribute& attribute) {
    switch (attribute.type) {
    case IFLA_BRPORT_STATE:
      return attribute.to(port.state);
    case IFLA_BRPORT_ISOLATED:
      return attribute.to(port.isolated);
    default:
      return true;
    }
  });
}

// The kinds come before the data that they explain.
bool decodeInfo(ByteSpan info, Link& link) {
  std::string portKind;
  return eachAttribute(info, [&](const Attribute& attribute) {
    if (attribute.type == IFLA_INFO_KIND)
      link.kind = attribute.text();
    if (attribute.type == IFLA_INFO_SLAVE_KIND)
      portKind = attribute.text();
    if (attribute.type == IFLA_INFO_DATA && link.kind == "tun")
      return decodeTun(attribute.payload, link.tun);
    if (attribute.type == IFLA_INFO_DATA && link.kind == "bridge")
      return decodeBridge(attribute.payload, link.bridgeStp);
    if (attribute.type == IFLA_INFO_SLAVE_DATA && portKind == "bridge")
      return decodePort(attribute.payload, link.port);
    return true;
  });
}

// IFLA_AF_SPEC { AF_INET6 { IFLA_INET6_ADDR_GEN_MODE, ... }, ... }
bool decodeFamilies(ByteSpan families, Link& link) {
  return eachAttribute(families, [&](const Attribute& family) {
    return family.type != AF_INET6 || eachAttribute(family.payload, [&](const Attribute& attribute) {
             return attribute.type != IFLA_INET6_ADDR_GEN_MODE || attribute.to(link.addressMode);
           });
  });
}

// The struct has grown over the years: its prefix is what counts.
bool decodeStats(ByteSpan bytes, LinkStats& out) {
  constexpr size_t kPrefix = offsetof(rtnl_link_stats64, multicast);
  if (bytes.size() < kPrefix)
    return false;
  rtnl_link_stats64 stats{};
  std::memcpy(&stats, bytes.data(), kPrefix);
  out = {stats.rx_packets, stats.tx_packets, stats.rx_bytes,   stats.tx_bytes,
         stats.rx_errors,  stats.tx_errors,  stats.rx_dropped, stats.tx_dropped};
  return true;
}

bool decodeAttribute(const Attribute& attribute, Link& link) {
  switch (attribute.type) {
  case IFLA_IFNAME:
    link.name = attribute.text();
    return !link.name.empty();
  case IFLA_ADDRESS:
    link.mac = formatMac(attribute.payload);
    return true;
  case IFLA_MTU:
    return attribute.to(link.mtu);
  case IFLA_OPERSTATE:
    return attribute.to(link.operState);
  case IFLA_GROUP:
    return attribute.to(link.group);
  case IFLA_MASTER:
    return attribute.to(link.masterIndex);
  case IFLA_LINK:
    return attribute.to(link.peerIndex);
  case IFLA_LINKINFO:
    return decodeInfo(attribute.payload, link);
  case IFLA_AF_SPEC:
    return decodeFamilies(attribute.payload, link);
  case IFLA_STATS64:
    return decodeStats(attribute.payload, link.stats);
  default:
    return true;
  }
}

} // namespace

Decoded<Link> decodeLink(const Message& message) {
  if (message.type != RTM_NEWLINK)
    return nothing<Link>();
  auto info = fixedPart<ifinfomsg>(message.payload);
  if (!info)
    return malformed("RTM_NEWLINK");
  // Of a bridge's ports and the like there are messages of other families, with other attributes.
  if (info->ifi_family != AF_UNSPEC)
    return nothing<Link>();
  Link link;
  link.index = info->ifi_index;
  link.up = (info->ifi_flags & IFF_UP) != 0;
  bool good = eachAttribute(afterFixed(message.payload, sizeof(ifinfomsg)),
                            [&](const Attribute& attribute) { return decodeAttribute(attribute, link); });
  if (!good)
    return malformed("RTM_NEWLINK");
  return std::optional<Link>(std::move(link));
}

} // namespace banger::netlink
