// Neighbour entries: RTM_NEWNEIGH and its kin, linux/neighbour.h
#pragma once

#include "netlink/codec/decoded.h"
#include "netlink/rtnl/ip.h"

#include <string>
#include <vector>

namespace banger::netlink {

struct Neighbour {
  uint32_t linkIndex = 0;
  Ip address;
  std::optional<Mac> mac; // nothing while it is being asked for
  uint16_t state = 0x80;  // NUD_PERMANENT
  std::string linkName{}; // in listings; empty where the link is gone
};

Bytes encodeNeighbourSet(const Neighbour& neighbour, uint32_t sequence);
Bytes encodeNeighbourDelete(const Neighbour& neighbour, uint32_t sequence);
Bytes encodeNeighbourDump(uint8_t family, uint32_t sequence);
Decoded<Neighbour> decodeNeighbour(const Message& message);

Status neighbourSet(const Neighbour& neighbour, const std::string& object);
Status neighbourDelete(const Neighbour& neighbour, const std::string& object); // ENOENT
Result<std::vector<Neighbour>> neighbourDump(uint8_t family);

} // namespace banger::netlink
