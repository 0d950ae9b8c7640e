#pragma once

#include "netlink/codec/builder.h"

#include <optional>

namespace banger::netlink {

struct Message {
  uint16_t type = 0;
  uint16_t flags = 0;
  uint32_t sequence = 0;
  ByteSpan payload;
};

// Walks the messages of one datagram and checks every length; what is malformed ends the walk.
class MessageReader {
public:
  explicit MessageReader(ByteSpan datagram) : rest_(datagram) {}
  std::optional<Message> next();
  // After the walk: whether it ended before the datagram did.
  bool malformed() const { return !rest_.empty(); }

private:
  ByteSpan rest_;
};

} // namespace banger::netlink
