// Addresses: RTM_NEWADDR and its kin, linux/if_addr.h
#pragma once

#include "netlink/codec/message.h"
#include "netlink/rtnl/ipv4.h"
#include "sys/result.h"

#include <optional>
#include <vector>

namespace banger::netlink {

struct LinkAddress {
  uint32_t linkIndex = 0;
  Ipv4Prefix prefix;
};

Bytes encodeAddressAdd(const LinkAddress& address, uint32_t sequence);
Bytes encodeAddressDump(uint32_t sequence);
std::optional<LinkAddress> decodeAddress(const Message& message);

Status addressAdd(const LinkAddress& address, const std::string& object); // EEXIST
Result<std::vector<LinkAddress>> addressDump();

} // namespace banger::netlink
