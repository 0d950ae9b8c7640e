#include "netlink/rtnl/link.h"

#include "netlink/codec/attributes.h"
#include "netlink/socket.h"

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

std::string infoKind(ByteSpan linkInfo) {
  AttributeReader reader(linkInfo);
  while (auto attribute = reader.next())
    if (attribute->type == IFLA_INFO_KIND)
      return attribute->text();
  return {};
}

} // namespace

// ifinfomsg { IFLA_IFNAME }
Bytes encodeLinkGet(const std::string& name, uint32_t sequence) {
  return Builder(RTM_GETLINK, NLM_F_REQUEST | NLM_F_ACK, sequence)
      .fixed(ifinfomsg{})
      .text(IFLA_IFNAME, name)
      .finish();
}

// ifinfomsg
Bytes encodeLinkDump(uint32_t sequence) {
  return Builder(RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, sequence).fixed(ifinfomsg{}).finish();
}

// ifinfomsg(flags, change = IFF_UP) { IFLA_IFNAME }
Bytes encodeLinkSetUp(const std::string& name, bool up, uint32_t sequence) {
  ifinfomsg info{};
  info.ifi_flags = up ? unsigned{IFF_UP} : 0U;
  info.ifi_change = IFF_UP;
  return Builder(RTM_SETLINK, NLM_F_REQUEST | NLM_F_ACK, sequence)
      .fixed(info)
      .text(IFLA_IFNAME, name)
      .finish();
}

// ifinfomsg { IFLA_IFNAME, IFLA_LINKINFO { IFLA_INFO_KIND } }
Bytes encodeLinkCreate(const std::string& name, const std::string& kind, uint32_t sequence) {
  return Builder(RTM_NEWLINK, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, sequence)
      .fixed(ifinfomsg{})
      .text(IFLA_IFNAME, name)
      .nested(IFLA_LINKINFO, [&](Builder& info) { info.text(IFLA_INFO_KIND, kind); })
      .finish();
}

// ifinfomsg { IFLA_IFNAME }
Bytes encodeLinkDelete(const std::string& name, uint32_t sequence) {
  return Builder(RTM_DELLINK, NLM_F_REQUEST | NLM_F_ACK, sequence)
      .fixed(ifinfomsg{})
      .text(IFLA_IFNAME, name)
      .finish();
}

std::optional<Link> decodeLink(const Message& message) {
  auto info = fixedPart<ifinfomsg>(message.payload);
  if (message.type != RTM_NEWLINK || !info)
    return std::nullopt;
  Link link;
  link.index = info->ifi_index;
  link.up = (info->ifi_flags & IFF_UP) != 0;
  AttributeReader reader(afterFixed(message.payload, sizeof(ifinfomsg)));
  while (auto attribute = reader.next()) {
    if (attribute->type == IFLA_IFNAME)
      link.name = attribute->text();
    if (attribute->type == IFLA_ADDRESS)
      link.mac = formatMac(attribute->payload);
    if (attribute->type == IFLA_MTU)
      link.mtu = attribute->as<uint32_t>().value_or(0);
    if (attribute->type == IFLA_LINKINFO)
      link.kind = infoKind(attribute->payload);
    if (attribute->type == IFLA_STATS64) {
      // The struct has grown over the years: its prefix is what counts.
      constexpr size_t kPrefix = offsetof(rtnl_link_stats64, rx_errors);
      if (attribute->payload.size() < kPrefix)
        continue;
      rtnl_link_stats64 stats{};
      std::memcpy(&stats, attribute->payload.data(), kPrefix);
      link.rxBytes = stats.rx_bytes;
      link.txBytes = stats.tx_bytes;
    }
  }
  return link;
}

Result<Link> linkGet(const std::string& name) {
  std::optional<Link> found;
  auto done = query(
      encodeLinkGet(name, 1), {"netlink(RTM_GETLINK)", name}, [&] { found.reset(); },
      [&](const Message& reply) {
        if (auto link = decodeLink(reply))
          found = std::move(link);
      });
  if (!done)
    return done.error();
  if (!found)
    return SysError{ENODEV, "netlink(RTM_GETLINK)", name, {}};
  return std::move(*found);
}

Result<std::vector<Link>> linkDump() {
  std::vector<Link> links;
  auto done = query(
      encodeLinkDump(1), {"netlink(RTM_GETLINK)", "links"}, [&] { links.clear(); },
      [&](const Message& reply) {
        if (auto link = decodeLink(reply))
          links.push_back(std::move(*link));
      });
  if (!done)
    return done.error();
  return links;
}

Status linkSetUp(const std::string& name, bool up) {
  return request(encodeLinkSetUp(name, up, 1), {"netlink(RTM_SETLINK)", name});
}

Status linkCreate(const std::string& name, const std::string& kind) {
  return request(encodeLinkCreate(name, kind, 1), {"netlink(RTM_NEWLINK)", name});
}

Status linkDelete(const std::string& name) {
  return request(encodeLinkDelete(name, 1), {"netlink(RTM_DELLINK)", name});
}

} // namespace banger::netlink
