// Links: RTM_NEWLINK and its kin, linux/if_link.h, https://man7.org/linux/man-pages/man7/rtnetlink.7.html
#pragma once

#include "netlink/codec/decoded.h"
#include "netlink/rtnl/ip.h"

#include <string>
#include <vector>

namespace banger::netlink {

struct TunData {
  std::optional<uint32_t> owner;
  std::optional<uint32_t> group;
  uint8_t type = 0; // 2: a TAP (IFF_TAP), 1: a TUN
  uint8_t vnetHeader = 0;
  uint8_t persist = 0;
  uint8_t multiQueue = 0;
};

struct BridgePort {
  uint8_t state = 0; // BR_STATE_*
  uint8_t isolated = 0;
};

struct LinkStats {
  uint64_t rxPackets = 0, txPackets = 0, rxBytes = 0, txBytes = 0;
  uint64_t rxErrors = 0, txErrors = 0, rxDropped = 0, txDropped = 0;
};

struct Link {
  std::string name;
  int32_t index = 0;
  std::string mac; // "02:00:00:00:00:01", empty where there is none
  uint32_t mtu = 0;
  bool up = false;
  uint8_t operState = 0; // IF_OPER_*
  uint32_t group = 0;
  std::string kind;                    // IFLA_INFO_KIND, empty for a plain device
  std::optional<uint32_t> masterIndex; // the bridge whose port it is
  std::optional<uint32_t> peerIndex;  // IFLA_LINK: of a veth the other end, which may be in another namespace
  std::optional<uint8_t> addressMode; // IN6_ADDR_GEN_MODE_*, nothing without IPv6
  std::optional<TunData> tun;
  std::optional<uint32_t> bridgeStp; // of a bridge: 0 is off
  std::optional<BridgePort> port;
  LinkStats stats;
};

// By index where that is not 0, else by name.
struct LinkRef {
  int32_t index = 0;
  std::string name;
};

// What is not there stays as it is.
struct LinkChange {
  std::optional<bool> up;
  std::optional<Mac> mac;
  std::optional<uint32_t> mtu;
  std::optional<uint32_t> group;
  std::optional<uint32_t> masterIndex; // 0: of no bridge any more
  std::optional<uint8_t> addressMode;
  std::optional<std::string> newName; // only with a LinkRef by index: IFLA_IFNAME is then the new name
  std::optional<int> namespaceFd;
};

struct NewLink {
  std::string name;
  std::string kind;
  std::optional<Mac> mac;
  std::optional<uint32_t> mtu;
  std::optional<uint32_t> group;
  std::optional<uint32_t> bridgeStp;
  std::optional<std::string> peerName;
  std::optional<int> peerNamespaceFd;
};

Bytes encodeLinkGet(const std::string& name, uint32_t sequence);
Bytes encodeLinkDump(uint32_t sequence);
Bytes encodeLinkSet(const LinkRef& link, const LinkChange& change, uint32_t sequence);
Bytes encodeLinkCreate(const NewLink& link, uint32_t sequence);
Bytes encodeLinkDelete(const std::string& name, uint32_t sequence);
Bytes encodeLinkDeleteGroup(uint32_t group, uint32_t sequence);
Bytes encodeLinkIsolate(int32_t index, bool isolated, uint32_t sequence);
Decoded<Link> decodeLink(const Message& message);

Result<Link> linkGet(const std::string& name); // ENODEV
Result<std::optional<Link>> linkFind(const std::string& name);
Result<std::vector<Link>> linkDump();
Status linkSet(const LinkRef& link, const LinkChange& change, const std::string& object);
Status linkCreate(const NewLink& link); // EEXIST, EOPNOTSUPP: the kernel has no such kind
Status linkDelete(const std::string& name);
// All links of a group at once: one RCU grace period, where each link alone takes one. ENODEV: it has none.
Status linkDeleteGroup(uint32_t group);
Status linkIsolate(int32_t index, bool isolated, const std::string& object);

} // namespace banger::netlink
