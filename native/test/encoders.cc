// Golden dumps, little-endian: header (length, type, flags, sequence, port), fixed part, attributes (length,
// type, payload, padding).
#include "check.h"

#include "netlink/rtnl/address.h"
#include "netlink/rtnl/link.h"
#include "netlink/rtnl/neighbour.h"
#include "netlink/rtnl/route.h"

namespace banger::test {

using namespace netlink;

static void links(Checks& check) {
  const std::string noInfo = "00000000000000000000000000000000"; // ifinfomsg
  check.bytes(encodeLinkGet("bgr0", 7),
              "2c000000 1200 0500 07000000 00000000" + noInfo + "0900 0300 6267723000 000000",
              "link get by name");
  check.bytes(encodeLinkDump(1), "20000000 1200 0103 01000000 00000000" + noInfo, "link dump");
  check.bytes(
      encodeLinkSetUp("bgr0", true, 1),
      "2c000000 1300 0500 01000000 00000000 0000 0000 00000000 01000000 01000000 0900 0300 6267723000 000000",
      "link up");
  check.bytes(
      encodeLinkSetUp("bgr0", false, 1),
      "2c000000 1300 0500 01000000 00000000 0000 0000 00000000 00000000 01000000 0900 0300 6267723000 000000",
      "link down");
  check.bytes(encodeLinkCreate("bgr0", "dummy", 1),
              "3c000000 1000 0506 01000000 00000000" + noInfo +
                  "0900 0300 6267723000 000000 1000 1200 0a00 0100 64756d6d7900 0000",
              "dummy link");
  check.bytes(encodeLinkDelete("bgr0", 1),
              "2c000000 1100 0500 01000000 00000000" + noInfo + "0900 0300 6267723000 000000", "link delete");
}

static void addressesAndRoutes(Checks& check) {
  check.bytes(
      encodeAddressAdd({3, {{172, 30, 0, 1}, 32}}, 1),
      "28000000 1400 0506 01000000 00000000 02 20 00 00 03000000 0800 0200 ac1e0001 0800 0100 ac1e0001",
      "address add");
  check.bytes(encodeAddressDump(1), "18000000 1600 0103 01000000 00000000 02 00 00 00 00000000",
              "address dump");
  Route route{{{172, 30, 0, 2}, 32}, 3, Ipv4{172, 30, 0, 1}, {}};
  const std::string attributes = "0800 0100 ac1e0002 0800 0400 03000000 0800 0700 ac1e0001";
  // rtmsg: family, dst_len, src_len, tos, table, protocol, scope, type, flags
  const std::string rtmsg = "02 20 00 00 fe 04 fd 01 00000000";
  check.bytes(encodeRouteAdd(route, 1), "34000000 1800 0506 01000000 00000000" + rtmsg + attributes,
              "route add");
  check.bytes(encodeRouteDelete(route, 1), "34000000 1900 0500 01000000 00000000" + rtmsg + attributes,
              "route delete");
  check.bytes(encodeRouteDump(1), "1c000000 1a00 0103 01000000 00000000 02 00 00 00 00 00 00 00 00000000",
              "route dump");
}

static void neighbours(Checks& check) {
  check.bytes(encodeNeighbourSet({3, {172, 30, 0, 2}, {2, 0, 0, 0, 0, 7}}, 1),
              "30000000 1c00 0505 01000000 00000000 02 00 0000 03000000 8000 00 00 0800 0100 ac1e0002 0a00 "
              "0200 020000000007 0000",
              "permanent neighbour");
}

void encoders(Checks& check) {
  links(check);
  addressesAndRoutes(check);
  neighbours(check);
}

} // namespace banger::test
