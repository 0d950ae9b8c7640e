// By hand, what ip(8) does not send (see rtnl.cc for what it does), little-endian: header (length, type,
// flags, sequence, port), fixed part, attributes (length, type, payload, padding).
#include "check.h"

#include "netlink/rtnl/link.h"

namespace banger::test {

using namespace netlink;

static void links(Checks& check) {
  const std::string noInfo = "00000000000000000000000000000000"; // ifinfomsg
  check.bytes(encodeLinkGet("bgr0", 7),
              "2c000000 1200 0500 07000000 00000000" + noInfo + "0900 0300 6267723000 000000",
              "link get by name");
  check.bytes(encodeLinkDump(1), "20000000 1200 0103 01000000 00000000" + noInfo, "link dump");
  LinkChange up, down;
  up.up = true;
  down.up = false;
  check.bytes(
      encodeLinkSet({0, "bgr0"}, up, 1),
      "2c000000 1300 0500 01000000 00000000 0000 0000 00000000 01000000 01000000 0900 0300 6267723000 000000",
      "link up");
  check.bytes(
      encodeLinkSet({0, "bgr0"}, down, 1),
      "2c000000 1300 0500 01000000 00000000 0000 0000 00000000 00000000 01000000 0900 0300 6267723000 000000",
      "link down");
}

void encoders(Checks& check) {
  links(check);
}

} // namespace banger::test
