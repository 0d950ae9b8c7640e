// Neighbour entries: RTM_NEWNEIGH, linux/neighbour.h
#pragma once

#include "netlink/codec/builder.h"
#include "netlink/rtnl/ipv4.h"
#include "sys/result.h"

namespace banger::netlink {

struct Neighbour {
  uint32_t linkIndex = 0;
  Ipv4 address{};
  std::array<uint8_t, 6> mac{};
};

Bytes encodeNeighbourSet(const Neighbour& neighbour, uint32_t sequence);

Status neighbourSet(const Neighbour& neighbour, const std::string& object);

} // namespace banger::netlink
