// Addresses: RTM_NEWADDR and its kin, linux/if_addr.h
#pragma once

#include "netlink/codec/decoded.h"
#include "netlink/rtnl/ip.h"

#include <string>
#include <vector>

namespace banger::netlink {

struct LinkAddress {
  uint32_t linkIndex = 0;
  IpPrefix prefix;
  std::optional<Ip> peer; // of a point-to-point link; the prefix length is then the peer's
  uint8_t scope = 0;      // RT_SCOPE_*
  uint32_t flags = 0;     // IFA_F_*
  std::string linkName{}; // in listings; empty where the link is gone
};

Bytes encodeAddressAdd(const LinkAddress& address, uint32_t sequence);
Bytes encodeAddressDelete(const LinkAddress& address, uint32_t sequence);
Bytes encodeAddressDump(uint8_t family, uint32_t sequence);
Decoded<LinkAddress> decodeAddress(const Message& message);

Status addressAdd(const LinkAddress& address, const std::string& object);    // EEXIST
Status addressDelete(const LinkAddress& address, const std::string& object); // EADDRNOTAVAIL
Result<std::vector<LinkAddress>> addressDump(uint8_t family);

} // namespace banger::netlink
