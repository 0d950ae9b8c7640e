#include "check.h"
#include "replies.h"

#include "netlink/codec/ack.h"
#include "netlink/rtnl/address.h"
#include "netlink/rtnl/link.h"
#include "netlink/rtnl/neighbour.h"
#include "netlink/rtnl/route.h"
#include "process/proc_stat.h"

#include <cerrno>

namespace banger::test {

using namespace netlink;

// Keeps the bytes that the message points into.
struct Parsed {
  explicit Parsed(const char* hex) : bytes(Checks::unhex(hex)), message(MessageReader(bytes).next()) {}
  Bytes bytes;
  std::optional<Message> message;
};

void decoders(Checks& check) {
  Parsed link(kLinkReply);
  auto decoded = decodeLink(link.message.value()).value();
  check.that(decoded.has_value(), "link decodes");
  if (decoded) {
    check.that(decoded->name == "bgr0" && decoded->index == 3, "link name and index");
    check.that(decoded->mtu == 1500 && decoded->up, "link MTU and flags");
    check.that(decoded->mac == "02:00:00:00:00:05", "link MAC");
    check.that(decoded->kind == "tun", "link kind, in a nested attribute with NLA_F_NESTED");
    check.that(decoded->stats.rxBytes == 0, "no statistics are zero");
  }
  Parsed address(kAddressReply);
  auto local = decodeAddress(address.message.value()).value();
  check.that(local && local->linkIndex == 2 && local->prefix.bits == 24, "address link and prefix");
  check.that(local && local->prefix.address == Ip::v4(10, 1, 2, 3), "address bytes");
  Parsed route(kRouteReply);
  auto hop = decodeRoute(route.message.value()).value();
  check.that(hop && hop->destination.bits == 0 && hop->linkIndex == 2, "default route");
  check.that(hop && hop->gateway == Ip::v4(10, 1, 2, 1) && !hop->source, "route gateway");
  Parsed error(kErrorReply);
  auto ack = error.message ? decodeAck(*error.message) : Ack{};
  check.that(ack.err == EEXIST && ack.text == "busy", "error with extended ack");
  Parsed least("24000000 0200 0001 01000000 00000000 00000080 14000000 1800 0506 01000000 00000000");
  check.that(least.message && decodeAck(*least.message).err == EBADMSG, "an error that no errno can be");
  check.that(!decodeLink(*route.message).value(), "a route is not a link");
}

// Every truncation, and every byte turned over, of every reply: no read outside the bytes (run it under a
// sanitizer), no endless walk.
void hostileInput(Checks& check) {
  for (const char* hex : {kLinkReply, kAddressReply, kRouteReply, kErrorReply}) {
    Bytes whole = Checks::unhex(hex);
    size_t walked = 0;
    auto walk = [&](ByteSpan bytes) {
      MessageReader reader(bytes);
      while (auto message = reader.next()) {
        ++walked;
        (void)decodeLink(*message);
        (void)decodeAddress(*message);
        (void)decodeRoute(*message);
        (void)decodeNeighbour(*message);
        (void)decodeAck(*message);
      }
    };
    for (size_t size = 0; size <= whole.size(); ++size) {
      Bytes cut(whole.begin(), whole.begin() + static_cast<long>(size));
      walk(cut);
    }
    check.that(walked == 1, "only the whole message is one");
    for (size_t at = 0; at < whole.size(); ++at)
      for (int value = 0; value < 256; ++value) {
        Bytes turned = whole;
        turned[at] = static_cast<uint8_t>(value);
        walk(turned);
      }
    check.that(walked > 256, "most turned messages are still walked");
  }
}

void procStat(Checks& check) {
  const std::string tail = " S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 4242 20\n";
  check.that(parseStartTime("12 (sh)" + tail) == 4242, "start time");
  check.that(parseStartTime("12 (a) S 9 (b)" + tail) == 4242, "a command name with brackets and spaces");
  check.that(!parseStartTime("12 (sh) S 1 2"), "too short");
  check.that(!parseStartTime(""), "empty");
}

} // namespace banger::test
