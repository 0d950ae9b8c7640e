// Routes of the IPv4 main table: RTM_NEWROUTE and its kin, linux/rtnetlink.h
#pragma once

#include "netlink/codec/message.h"
#include "netlink/rtnl/ipv4.h"
#include "sys/result.h"

#include <optional>
#include <vector>

namespace banger::netlink {

struct Route {
  Ipv4Prefix destination;
  uint32_t linkIndex = 0; // 0: none (a blackhole) or several
  std::optional<Ipv4> source;
  std::optional<Ipv4> gateway;
};

Bytes encodeRouteAdd(const Route& route, uint32_t sequence);
Bytes encodeRouteDelete(const Route& route, uint32_t sequence);
Bytes encodeRouteDump(uint32_t sequence);
std::optional<Route> decodeRoute(const Message& message);

Status routeAdd(const Route& route, const std::string& object);    // EEXIST
Status routeDelete(const Route& route, const std::string& object); // ESRCH
Result<std::vector<Route>> routeDump();

} // namespace banger::netlink
