#include "netlink/rtnl/link.h"

#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>

namespace banger::netlink {
namespace {

constexpr uint16_t kChange = NLM_F_REQUEST | NLM_F_ACK;

void optional(Builder& builder, uint16_t type, const std::optional<uint32_t>& value) {
  if (value)
    builder.attribute(type, *value);
}

// IFLA_LINKINFO { IFLA_INFO_KIND, IFLA_INFO_DATA? { IFLA_BR_STP_STATE } or { VETH_INFO_PEER { ifinfomsg
// IFLA_NET_NS_FD? IFLA_IFNAME } } }
void linkInfo(Builder& info, const NewLink& link) {
  // Without its NUL, as ip(8) has it.
  info.attribute(IFLA_INFO_KIND,
                 ByteSpan(reinterpret_cast<const uint8_t*>(link.kind.data()), link.kind.size()));
  if (link.bridgeStp)
    info.nested(IFLA_INFO_DATA, [&](Builder& data) { data.attribute(IFLA_BR_STP_STATE, *link.bridgeStp); });
  if (link.peerName)
    info.nested(IFLA_INFO_DATA, [&](Builder& data) {
      data.nested(VETH_INFO_PEER, [&](Builder& peer) {
        peer.fixed(ifinfomsg{});
        if (link.peerNamespaceFd)
          peer.attribute(IFLA_NET_NS_FD, static_cast<uint32_t>(*link.peerNamespaceFd));
        peer.text(IFLA_IFNAME, *link.peerName);
      });
    });
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

// ifinfomsg(index, flags, change = IFF_UP)
//   { IFLA_IFNAME?, IFLA_ADDRESS?, IFLA_MTU?, IFLA_MASTER?, IFLA_NET_NS_FD?,
//     IFLA_AF_SPEC? { AF_INET6 { IFLA_INET6_ADDR_GEN_MODE } }, IFLA_GROUP? }
// IFLA_IFNAME names the link where the index is 0, else it is the link's new name.
Bytes encodeLinkSet(const LinkRef& link, const LinkChange& change, uint32_t sequence) {
  ifinfomsg info{};
  info.ifi_index = link.index;
  if (change.up) {
    info.ifi_flags = *change.up ? unsigned{IFF_UP} : 0U;
    info.ifi_change = IFF_UP;
  }
  Builder builder(RTM_SETLINK, kChange, sequence);
  builder.fixed(info);
  if (link.index == 0)
    builder.text(IFLA_IFNAME, link.name);
  else if (change.newName)
    builder.text(IFLA_IFNAME, *change.newName);
  if (change.mac)
    builder.attribute(IFLA_ADDRESS, *change.mac);
  optional(builder, IFLA_MTU, change.mtu);
  optional(builder, IFLA_MASTER, change.masterIndex);
  if (change.namespaceFd)
    builder.attribute(IFLA_NET_NS_FD, static_cast<uint32_t>(*change.namespaceFd));
  if (change.addressMode)
    builder.nested(IFLA_AF_SPEC, [&](Builder& families) {
      families.nested(AF_INET6,
                      [&](Builder& inet6) { inet6.byte(IFLA_INET6_ADDR_GEN_MODE, *change.addressMode); });
    });
  optional(builder, IFLA_GROUP, change.group);
  return builder.finish();
}

// ifinfomsg { IFLA_ADDRESS?, IFLA_MTU?, IFLA_GROUP?, IFLA_IFNAME, IFLA_LINKINFO { ... } }
Bytes encodeLinkCreate(const NewLink& link, uint32_t sequence) {
  Builder builder(RTM_NEWLINK, kChange | NLM_F_CREATE | NLM_F_EXCL, sequence);
  builder.fixed(ifinfomsg{});
  if (link.mac)
    builder.attribute(IFLA_ADDRESS, *link.mac);
  optional(builder, IFLA_MTU, link.mtu);
  optional(builder, IFLA_GROUP, link.group);
  return builder.text(IFLA_IFNAME, link.name)
      .nested(IFLA_LINKINFO, [&](Builder& info) { linkInfo(info, link); })
      .finish();
}

// ifinfomsg { IFLA_IFNAME }
Bytes encodeLinkDelete(const std::string& name, uint32_t sequence) {
  return Builder(RTM_DELLINK, kChange, sequence).fixed(ifinfomsg{}).text(IFLA_IFNAME, name).finish();
}

// ifinfomsg { IFLA_GROUP }
Bytes encodeLinkDeleteGroup(uint32_t group, uint32_t sequence) {
  return Builder(RTM_DELLINK, kChange, sequence).fixed(ifinfomsg{}).attribute(IFLA_GROUP, group).finish();
}

// ifinfomsg(AF_BRIDGE, index) { IFLA_PROTINFO|NLA_F_NESTED { IFLA_BRPORT_ISOLATED } }, Linux 4.18. Without
// the flag the kernel reads IFLA_PROTINFO as a single port state.
Bytes encodeLinkIsolate(int32_t index, bool isolated, uint32_t sequence) {
  ifinfomsg info{};
  info.ifi_family = AF_BRIDGE;
  info.ifi_index = index;
  return Builder(RTM_SETLINK, kChange, sequence)
      .fixed(info)
      .nested(IFLA_PROTINFO | NLA_F_NESTED,
              [&](Builder& port) { port.byte(IFLA_BRPORT_ISOLATED, isolated ? 1 : 0); })
      .finish();
}

} // namespace banger::netlink
