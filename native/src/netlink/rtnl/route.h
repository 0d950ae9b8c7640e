// Routes: RTM_NEWROUTE and its kin, linux/rtnetlink.h
#pragma once

#include "netlink/codec/decoded.h"
#include "netlink/rtnl/ip.h"

#include <string>
#include <vector>

namespace banger::netlink {

struct Route {
  IpPrefix destination;
  uint32_t linkIndex = 0; // 0: none (a blackhole), or several
  std::optional<Ip> source;
  std::optional<Ip> gateway; // may be of another family (RTA_VIA): it is left out then
  uint32_t table = 254;      // RT_TABLE_MAIN
  uint32_t metric = 0;       // RTA_PRIORITY
  uint8_t scope = 0;         // RT_SCOPE_*; IPv6 has no scopes
  uint8_t type = 1;          // RTN_*
  uint8_t protocol = 4;      // RTPROT_*
  std::string linkName{};    // in listings; empty where there is none, or it is gone
  bool onLink = false;       // RTNH_F_ONLINK: the gateway need not be in a network of the link
};

Bytes encodeRouteAdd(const Route& route, uint32_t sequence);
Bytes encodeRouteReplace(const Route& route, uint32_t sequence);
Bytes encodeRouteDelete(const Route& route, uint32_t sequence);
Bytes encodeRouteDump(uint8_t family, uint32_t table, uint32_t sequence);
Decoded<Route> decodeRoute(const Message& message);

Status routeAdd(const Route& route, const std::string& object);     // EEXIST
Status routeReplace(const Route& route, const std::string& object); // made when there is none
Status routeDelete(const Route& route, const std::string& object);  // ESRCH
// Of one table, or of all where it is 0. ENOENT: there is no such table.
Result<std::vector<Route>> routeDump(uint8_t family, uint32_t table);

} // namespace banger::netlink
