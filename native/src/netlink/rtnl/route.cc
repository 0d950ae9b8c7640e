#include "netlink/rtnl/route.h"

#include "netlink/codec/attributes.h"
#include "netlink/socket.h"

#include <linux/rtnetlink.h>
#include <sys/socket.h>

namespace banger::netlink {
namespace {

// rtmsg(table = main, scope = link) { RTA_DST, RTA_OIF, RTA_PREFSRC? }
Bytes encode(uint16_t type, uint16_t flags, const Route& route, uint32_t sequence) {
  rtmsg info{};
  info.rtm_family = AF_INET;
  info.rtm_dst_len = route.destination.bits;
  info.rtm_table = RT_TABLE_MAIN;
  info.rtm_protocol = RTPROT_STATIC;
  info.rtm_scope = RT_SCOPE_LINK;
  info.rtm_type = RTN_UNICAST;
  Builder builder(type, static_cast<uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags), sequence);
  builder.fixed(info).attribute(RTA_DST, route.destination.address).attribute(RTA_OIF, route.linkIndex);
  if (route.source)
    builder.attribute(RTA_PREFSRC, *route.source);
  return builder.finish();
}

} // namespace

Bytes encodeRouteAdd(const Route& route, uint32_t sequence) {
  return encode(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, route, sequence);
}

Bytes encodeRouteDelete(const Route& route, uint32_t sequence) {
  return encode(RTM_DELROUTE, 0, route, sequence);
}

// rtmsg(family)
Bytes encodeRouteDump(uint32_t sequence) {
  rtmsg info{};
  info.rtm_family = AF_INET;
  return Builder(RTM_GETROUTE, NLM_F_REQUEST | NLM_F_DUMP, sequence).fixed(info).finish();
}

std::optional<Route> decodeRoute(const Message& message) {
  auto info = fixedPart<rtmsg>(message.payload);
  if (message.type != RTM_NEWROUTE || !info || info->rtm_family != AF_INET)
    return std::nullopt;
  if ((info->rtm_flags & RTM_F_CLONED) != 0)
    return std::nullopt;
  Route route;
  route.destination.bits = info->rtm_dst_len;
  uint32_t table = info->rtm_table;
  AttributeReader reader(afterFixed(message.payload, sizeof(rtmsg)));
  while (auto attribute = reader.next()) {
    if (attribute->type == RTA_DST)
      route.destination.address = attribute->as<Ipv4>().value_or(Ipv4{});
    if (attribute->type == RTA_OIF)
      route.linkIndex = attribute->as<uint32_t>().value_or(0);
    if (attribute->type == RTA_PREFSRC)
      route.source = attribute->as<Ipv4>();
    if (attribute->type == RTA_GATEWAY)
      route.gateway = attribute->as<Ipv4>();
    if (attribute->type == RTA_TABLE)
      table = attribute->as<uint32_t>().value_or(table);
  }
  if (table != RT_TABLE_MAIN)
    return std::nullopt;
  return route;
}

Status routeAdd(const Route& route, const std::string& object) {
  return request(encodeRouteAdd(route, 1), {"netlink(RTM_NEWROUTE)", object});
}

Status routeDelete(const Route& route, const std::string& object) {
  return request(encodeRouteDelete(route, 1), {"netlink(RTM_DELROUTE)", object});
}

Result<std::vector<Route>> routeDump() {
  std::vector<Route> routes;
  auto done = query(
      encodeRouteDump(1), {"netlink(RTM_GETROUTE)", "routes"}, [&] { routes.clear(); },
      [&](const Message& reply) {
        if (auto route = decodeRoute(reply))
          routes.push_back(*route);
      });
  if (!done)
    return done.error();
  return routes;
}

} // namespace banger::netlink
