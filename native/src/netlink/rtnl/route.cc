#include "netlink/rtnl/route.h"

#include "netlink/rtnl/link_names.h"
#include "netlink/socket.h"

#include <linux/rtnetlink.h>

namespace banger::netlink {
namespace {

// rtmsg(table, scope, type) { RTA_DST?, RTA_GATEWAY?, RTA_PREFSRC?, RTA_PRIORITY?, RTA_TABLE?, RTA_OIF? }.
// rtmsg has room for tables up to 255 only.
Bytes encode(uint16_t type, uint16_t flags, const Route& route, uint32_t sequence) {
  rtmsg info{};
  info.rtm_family = route.destination.address.family;
  info.rtm_dst_len = route.destination.bits;
  info.rtm_table = route.table < 256 ? static_cast<uint8_t>(route.table) : uint8_t{RT_TABLE_UNSPEC};
  info.rtm_protocol = route.protocol;
  info.rtm_scope = route.scope;
  info.rtm_type = route.type;
  info.rtm_flags = route.onLink ? RTNH_F_ONLINK : 0;
  Builder builder(type, static_cast<uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags), sequence);
  builder.fixed(info);
  if (route.destination.bits > 0)
    builder.attribute(RTA_DST, route.destination.address.span());
  if (route.gateway)
    builder.attribute(RTA_GATEWAY, route.gateway->span());
  if (route.source)
    builder.attribute(RTA_PREFSRC, route.source->span());
  if (route.metric > 0)
    builder.attribute(RTA_PRIORITY, route.metric);
  if (route.table > 255)
    builder.attribute(RTA_TABLE, route.table);
  if (route.linkIndex > 0)
    builder.attribute(RTA_OIF, route.linkIndex);
  return builder.finish();
}

bool decodeAttribute(const Attribute& attribute, uint8_t family, Route& route,
                     std::optional<Ip>& destination) {
  switch (attribute.type) {
  case RTA_DST:
    return toIp(attribute, family, destination);
  case RTA_OIF:
    return attribute.to(route.linkIndex);
  case RTA_PREFSRC:
    return toIp(attribute, family, route.source);
  case RTA_GATEWAY:
    return toIp(attribute, family, route.gateway);
  case RTA_TABLE:
    return attribute.to(route.table);
  case RTA_PRIORITY:
    return attribute.to(route.metric);
  default:
    return true;
  }
}

} // namespace

Bytes encodeRouteAdd(const Route& route, uint32_t sequence) {
  return encode(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, route, sequence);
}

Bytes encodeRouteReplace(const Route& route, uint32_t sequence) {
  return encode(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_REPLACE, route, sequence);
}

Bytes encodeRouteDelete(const Route& route, uint32_t sequence) {
  return encode(RTM_DELROUTE, 0, route, sequence);
}

// rtmsg(family) { RTA_TABLE? }
Bytes encodeRouteDump(uint8_t family, uint32_t table, uint32_t sequence) {
  rtmsg info{};
  info.rtm_family = family;
  Builder builder(RTM_GETROUTE, NLM_F_REQUEST | NLM_F_DUMP, sequence);
  builder.fixed(info);
  if (table > 0)
    builder.attribute(RTA_TABLE, table);
  return builder.finish();
}

Decoded<Route> decodeRoute(const Message& message) {
  // Multicast routes have families of their own.
  auto part = ipPart(message, RTM_NEWROUTE, "RTM_NEWROUTE", &rtmsg::rtm_family);
  if (!part)
    return part.error();
  const auto& info = part.value();
  // Clones are what the kernel has learnt (a path MTU).
  if (!info || (info->rtm_flags & RTM_F_CLONED) != 0)
    return nothing<Route>();
  Route route;
  route.table = info->rtm_table;
  route.scope = info->rtm_scope;
  route.type = info->rtm_type;
  route.protocol = info->rtm_protocol;
  route.onLink = (info->rtm_flags & RTNH_F_ONLINK) != 0;
  std::optional<Ip> destination;
  bool good = eachAttribute(afterFixed(message.payload, sizeof(rtmsg)), [&](const Attribute& attribute) {
    return decodeAttribute(attribute, info->rtm_family, route, destination);
  });
  route.destination = {destination.value_or(Ip{info->rtm_family, {}}), info->rtm_dst_len};
  if (!good || route.destination.bits > route.destination.address.maximumBits())
    return malformed("RTM_NEWROUTE");
  return std::optional<Route>(route);
}

Status routeAdd(const Route& route, const std::string& object) {
  return request(encodeRouteAdd(route, 1), {"netlink(RTM_NEWROUTE)", object});
}

Status routeReplace(const Route& route, const std::string& object) {
  return request(encodeRouteReplace(route, 1), {"netlink(RTM_NEWROUTE)", object});
}

Status routeDelete(const Route& route, const std::string& object) {
  return request(encodeRouteDelete(route, 1), {"netlink(RTM_DELROUTE)", object});
}

Result<std::vector<Route>> routeDump(uint8_t family, uint32_t table) {
  return named(
      dump<Route>(encodeRouteDump(family, table, 1), {"netlink(RTM_GETROUTE)", "routes"}, decodeRoute));
}

} // namespace banger::netlink
