// Our requests are those of ip(8), byte for byte, and what the kernel answered to it decodes (golden/rtnl.h,
// made by scripts/golden/rtnl.ts; links there: bgr0 2, bgr1 3, bgrb 4).
#include "golden/rtnl.h"
#include "check.h"

#include "netlink/codec/ack.h"
#include "netlink/rtnl/address.h"
#include "netlink/rtnl/link.h"
#include "netlink/rtnl/neighbour.h"
#include "netlink/rtnl/route.h"

#include <linux/rtnetlink.h>

namespace banger::test {

using namespace netlink;
using namespace golden;

namespace {

constexpr Mac kMac{2, 0, 0, 0, 0, 7};

// One byte of a golden dump where we differ from ip(8), for a reason that the caller gives.
std::string but(const char* hex, size_t at, uint8_t value) {
  Bytes bytes = Checks::unhex(hex);
  bytes.at(at) = value;
  return Checks::hex(bytes);
}

// ip(8) sets links by RTM_NEWLINK without NLM_F_CREATE, which the kernel reads as RTM_SETLINK.
std::string setLink(const char* hex) {
  return but(hex, 4, RTM_SETLINK);
}

Ip v6(std::initializer_list<uint8_t> head, uint8_t last) {
  Ip ip{AF_INET6, {}};
  std::copy(head.begin(), head.end(), ip.bytes.begin());
  ip.bytes[15] = last;
  return ip;
}

LinkChange change(auto set) {
  LinkChange made;
  set(made);
  return made;
}

void sentLinks(Checks& check) {
  check.bytes(encodeLinkSet({2, {}}, change([](auto& c) { c.up = true; }), 1), setLink(kSentLinkUp), "up");
  LinkChange macMtu;
  macMtu.mac = Mac{2, 0, 0, 0, 0, 5};
  macMtu.mtu = 1400;
  check.bytes(encodeLinkSet({2, {}}, macMtu, 1), setLink(kSentLinkMacMtu), "MAC and MTU");
  check.bytes(encodeLinkSet({3, {}}, change([](auto& c) { c.group = 77; }), 1), setLink(kSentLinkGroup),
              "group");
  check.bytes(encodeLinkSet({2, {}}, change([](auto& c) { c.masterIndex = 4; }), 1), setLink(kSentLinkMaster),
              "master");
  check.bytes(encodeLinkSet({3, {}}, change([](auto& c) { c.addressMode = 1; }), 1),
              setLink(kSentLinkAddressMode), "address mode");
  check.bytes(encodeLinkSet({3, {}}, change([](auto& c) { c.newName = "bgr9"; }), 1),
              setLink(kSentLinkRename), "rename");
  check.bytes(encodeLinkIsolate(2, true, 1), kSentLinkIsolated, "isolation");
  NewLink bridge{"bgrc", "bridge", Mac{2, 0, 0, 0, 0, 6}, 1400, 77, 0, {}, {}};
  check.bytes(encodeLinkCreate(bridge, 1), kSentBridgeAdd, "bridge");
  check.bytes(encodeLinkCreate({"bgrv", "veth", {}, {}, {}, {}, "bgrw", {}}, 1), kSentVethAdd, "veth");
  check.bytes(encodeLinkDeleteGroup(77, 1), kSentGroupDelete, "delete a group");
  LinkChange away;
  away.namespaceFd = 4; // as ip(8) has it
  check.bytes(encodeLinkSet({6, {}}, away, 1), setLink(kSentLinkNetns), "into a namespace");
  check.bytes(encodeLinkCreate({"bgrx", "veth", {}, {}, {}, {}, "bgry", 4}, 1), kSentVethNetns, "veth there");
}

void sentAddresses(Checks& check) {
  const Ip one = Ip::v4(10, 1, 0, 1);
  check.bytes(encodeAddressAdd({4, {one, 24}, {}, 0, 0}, 1), kSentAddressAdd, "address");
  const LinkAddress peer{4, {Ip::v4(10, 2, 0, 1), 32}, Ip::v4(10, 2, 0, 2), 0, 0};
  check.bytes(encodeAddressAdd(peer, 1), kSentAddressPeer, "address with a peer");
  check.bytes(encodeAddressDelete(peer, 1), kSentAddressDelete, "delete an address");
  check.bytes(encodeAddressAdd({4, {v6({0xfd}, 1), 64}, {}, 0, 0x202}, 1), kSentAddress6Add, "IPv6 address");
  check.bytes(encodeAddressDump(AF_INET, 1), kSentAddressDump, "address dump");
  check.bytes(encodeNeighbourSet({4, Ip::v4(10, 1, 0, 7), kMac}, 1), kSentNeighbourSet, "neighbour");
  check.bytes(encodeNeighbourSet({4, v6({0xfd}, 7), kMac}, 1), kSentNeighbour6Set, "IPv6 neighbour");
  check.bytes(encodeNeighbourDelete({4, Ip::v4(10, 1, 0, 7), {}}, 1), kSentNeighbourDelete,
              "delete a neighbour");
  check.bytes(encodeNeighbourDump(AF_INET, 1), kSentNeighbourDump, "neighbour dump");
}

Route route(Ip address, uint8_t bits, uint32_t link, uint8_t scope) {
  Route made;
  made.destination = {address, bits};
  made.linkIndex = link;
  made.scope = scope;
  return made;
}

void sentRoutes(Checks& check) {
  Route host = route(Ip::v4(172, 30, 0, 2), 32, 4, RT_SCOPE_LINK);
  host.source = Ip::v4(10, 1, 0, 1);
  check.bytes(encodeRouteAdd(host, 1), kSentRouteAdd, "route");
  host.type = RTN_UNSPEC; // any
  check.bytes(encodeRouteDelete(host, 1), kSentRouteDelete, "delete a route");
  Route gateway = route(Ip::v4(10, 9, 0, 0), 16, 4, RT_SCOPE_UNIVERSE);
  gateway.gateway = Ip::v4(10, 1, 0, 9);
  gateway.table = 1000;
  gateway.metric = 50;
  check.bytes(encodeRouteAdd(gateway, 1), kSentRouteGateway, "route by a gateway, in a table of its own");
  Route whole = route({}, 0, 4, RT_SCOPE_UNIVERSE);
  whole.gateway = gateway.gateway;
  whole.onLink = true;
  check.bytes(encodeRouteReplace(whole, 1), kSentRouteReplace, "replace the default route");
  Route six = route(v6({0xfd, 1}, 0), 64, 4, RT_SCOPE_UNIVERSE);
  six.metric = 1024;
  check.bytes(encodeRouteAdd(six, 1), kSentRoute6Add, "IPv6 route");
  Route hole = route(Ip::v4(10, 8, 0, 0), 16, 0, RT_SCOPE_UNIVERSE);
  hole.type = RTN_BLACKHOLE;
  check.bytes(encodeRouteAdd(hole, 1), kSentBlackholeAdd, "blackhole");
  check.bytes(encodeRouteDump(AF_INET, RT_TABLE_MAIN, 1), kSentRouteDump, "route dump");
}

// All of a datagram's messages that are T's; an error is a failed check.
template <class T> std::vector<T> all(Checks& check, const char* hex, Decoded<T> (*decode)(const Message&)) {
  const Bytes bytes = Checks::unhex(hex);
  std::vector<T> items;
  MessageReader reader(bytes);
  while (auto message = reader.next()) {
    auto item = decode(*message);
    check.that(item.ok(), "an answer of the kernel is not malformed");
    if (item.ok() && item.value())
      items.push_back(*item.value());
  }
  check.that(!reader.malformed(), "the whole datagram is messages");
  return items;
}

template <class T> bool some(const std::vector<T>& items, auto matches) {
  return std::any_of(items.begin(), items.end(), matches);
}

void answeredLinks(Checks& check) {
  auto taps = all<Link>(check, kAnswerTap, decodeLink);
  check.that(taps.size() == 1, "one TAP");
  if (taps.empty())
    return;
  const Link& tap = taps[0];
  check.that(tap.name == "bgr0" && tap.index == 2 && tap.mtu == 1400 && tap.up, "TAP");
  check.that(tap.mac == "02:00:00:00:00:05" && tap.kind == "tun" && tap.group == 0,
             "its MAC, kind and group");
  check.that(tap.tun && tap.tun->owner == 1234u && tap.tun->group == 99u, "its owner");
  check.that(tap.tun && tap.tun->persist == 1 && tap.tun->vnetHeader == 1 && tap.tun->multiQueue == 0 &&
                 tap.tun->type == 2,
             "its flags");
  check.that(tap.masterIndex == 4u && tap.port && tap.port->isolated == 1, "it is an isolated port");
  check.that(tap.addressMode == 0, "its IPv6 address mode");
  auto bridges = all<Link>(check, kAnswerBridge, decodeLink);
  check.that(bridges.size() == 1 && bridges[0].kind == "bridge" && bridges[0].bridgeStp == 0u, "bridge");
}

void answeredIp(Checks& check) {
  auto addresses = all<LinkAddress>(check, kAnswerAddresses, decodeAddress);
  check.that(some(addresses,
                  [](const auto& a) {
                    return a.linkIndex == 4 && a.prefix.address == Ip::v4(10, 1, 0, 1) && a.prefix.bits == 24;
                  }),
             "address");
  auto six = all<LinkAddress>(check, kAnswerAddresses6, decodeAddress);
  check.that(some(six, [](const auto& a) { return a.prefix.address == v6({0xfd}, 1) && a.flags == 0x282; }),
             "IPv6 address and its flags");
  auto routes = all<Route>(check, kAnswerRoutes, decodeRoute);
  check.that(some(routes, [](const auto& r) { return r.table == 1000 && r.metric == 50; }), "table, metric");
  check.that(some(routes, [](const auto& r) { return r.type == RTN_BLACKHOLE && r.linkIndex == 0; }),
             "blackhole");
  check.that(some(routes, [](const auto& r) { return r.destination.bits == 0 && r.onLink; }),
             "default route");
  check.that(some(routes, [](const auto& r) { return r.table == RT_TABLE_LOCAL; }), "local table");
  auto routes6 = all<Route>(check, kAnswerRoutes6, decodeRoute);
  check.that(some(routes6,
                  [](const auto& r) {
                    return r.destination.address == v6({0xfd, 1}, 0);
                  }),
             "IPv6 route");
  auto neighbours = all<Neighbour>(check, kAnswerNeighbours6, decodeNeighbour);
  check.that(neighbours.size() == 1 && neighbours[0].mac == kMac && neighbours[0].state == 0x80, "neighbour");
  const Bytes refused = Checks::unhex(kAnswerRefused);
  Ack ack = decodeAck(MessageReader(refused).next().value());
  check.that(ack.err == ENETUNREACH && ack.text == "Nexthop has invalid gateway", "the kernel's own words");
}

} // namespace

void goldenRtnl(Checks& check) {
  sentLinks(check);
  sentAddresses(check);
  sentRoutes(check);
  answeredLinks(check);
  answeredIp(check);
}

} // namespace banger::test
