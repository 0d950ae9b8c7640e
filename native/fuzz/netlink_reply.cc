// Datagrams of rtnetlink: messages, attributes, and what each decoder makes of them.
#include "check.h"

#include "netlink/codec/ack.h"
#include "netlink/codec/attributes.h"
#include "netlink/rtnl/address.h"
#include "netlink/rtnl/link.h"
#include "netlink/rtnl/neighbour.h"
#include "netlink/rtnl/route.h"

using namespace banger::netlink;

namespace {

// Every attribute lies inside the bytes, after the one before it.
void walk(ByteSpan bytes, int depth) {
  AttributeReader reader(bytes);
  const uint8_t* before = bytes.data();
  while (auto attribute = reader.next()) {
    const uint8_t* begin = attribute->payload.data();
    FUZZ_CHECK(begin > before && begin + attribute->payload.size() <= bytes.data() + bytes.size());
    FUZZ_CHECK(attribute->text().size() <= attribute->payload.size());
    before = begin;
    if (depth > 0)
      walk(attribute->payload, depth - 1);
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  MessageReader reader(ByteSpan(data, size));
  size_t seen = 0;
  while (auto message = reader.next()) {
    seen += message->payload.size();
    FUZZ_CHECK(seen <= size);
    (void)decodeLink(*message);
    if (auto address = decodeAddress(*message); address && address.value())
      FUZZ_CHECK(address.value()->prefix.bits <= address.value()->prefix.address.maximumBits());
    if (auto route = decodeRoute(*message); route && route.value())
      FUZZ_CHECK(route.value()->destination.bits <= route.value()->destination.address.maximumBits());
    (void)decodeNeighbour(*message);
    FUZZ_CHECK(decodeAck(*message).err >= 0);
    for (size_t fixed : {size_t{0}, size_t{12}, size_t{16}})
      walk(afterFixed(message->payload, fixed), 3);
  }
  return 0;
}
