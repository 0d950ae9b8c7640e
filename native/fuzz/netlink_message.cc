// Messages as they go to the kernel: the readers find in them what the builder was told, nested as it was.
#include "check.h"

#include "netlink/codec/attributes.h"
#include "netlink/codec/message.h"

#include <fuzzer/FuzzedDataProvider.h>
#include <list>

using namespace banger::netlink;

namespace {

struct Node {
  uint16_t type = 0;
  Bytes payload;
  bool nested = false;
  std::list<Node> children;
};

std::list<Node> nodes(FuzzedDataProvider& input, int depth) {
  std::list<Node> all;
  for (int i = input.ConsumeIntegralInRange(0, 5); i > 0 && input.remaining_bytes() > 0; --i) {
    Node node;
    node.type = input.ConsumeIntegralInRange<uint16_t>(0, 0x3fff);
    node.nested = depth > 0 && input.ConsumeBool();
    if (node.nested)
      node.children = nodes(input, depth - 1);
    else
      node.payload = input.ConsumeBytes<uint8_t>(input.ConsumeIntegralInRange<size_t>(0, 300));
    all.push_back(std::move(node));
  }
  return all;
}

void build(Builder& builder, const std::list<Node>& all) {
  for (const Node& node : all)
    if (node.nested)
      builder.nested(node.type, [&](Builder& inner) { build(inner, node.children); });
    else
      builder.attribute(node.type, ByteSpan(node.payload));
}

void compare(ByteSpan bytes, const std::list<Node>& all) {
  AttributeReader reader(bytes);
  for (const Node& node : all) {
    auto attribute = reader.next();
    FUZZ_CHECK(attribute.has_value() && attribute->type == node.type);
    if (node.nested)
      compare(attribute->payload, node.children);
    else
      FUZZ_CHECK(Bytes(attribute->payload.begin(), attribute->payload.end()) == node.payload);
  }
  FUZZ_CHECK(!reader.next());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  FuzzedDataProvider input(data, size);
  auto type = input.ConsumeIntegral<uint16_t>();
  auto flags = input.ConsumeIntegral<uint16_t>();
  auto sequence = input.ConsumeIntegral<uint32_t>();
  auto fixed = input.ConsumeIntegral<uint32_t>();
  auto all = nodes(input, 4);
  Builder builder(type, flags, sequence);
  builder.fixed(fixed);
  build(builder, all);
  Bytes bytes = builder.finish();
  FUZZ_CHECK(bytes.size() % 4 == 0);
  MessageReader reader(bytes);
  auto message = reader.next();
  FUZZ_CHECK(message && message->type == type && message->flags == flags && message->sequence == sequence);
  FUZZ_CHECK(fixedPart<uint32_t>(message->payload) == fixed);
  compare(afterFixed(message->payload, sizeof fixed), all);
  FUZZ_CHECK(!reader.next());
  return 0;
}
