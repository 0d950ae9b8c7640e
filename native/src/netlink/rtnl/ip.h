#pragma once

#include "netlink/codec/attributes.h"
#include "netlink/codec/decoded.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <sys/socket.h>

namespace banger::netlink {

using Mac = std::array<uint8_t, 6>;

// An address in network order: the first 4 bytes of it, or all 16.
struct Ip {
  uint8_t family = AF_INET;
  std::array<uint8_t, 16> bytes{};

  static constexpr size_t sizeOf(uint8_t family) { return family == AF_INET ? 4 : 16; }
  static Ip v4(uint8_t a, uint8_t b, uint8_t c, uint8_t d) { return {AF_INET, {a, b, c, d}}; }
  size_t size() const { return sizeOf(family); }
  uint8_t maximumBits() const { return static_cast<uint8_t>(size() * 8); }
  ByteSpan span() const { return ByteSpan(bytes).first(size()); }
  bool operator==(const Ip&) const = default;
};

inline bool isIpFamily(uint8_t family) {
  return family == AF_INET || family == AF_INET6;
}

// The attribute as an address of that family; false when its size is another.
inline bool toIp(const Attribute& attribute, uint8_t family, std::optional<Ip>& out) {
  if (attribute.payload.size() != Ip::sizeOf(family))
    return false;
  Ip ip{family, {}};
  std::copy(attribute.payload.begin(), attribute.payload.end(), ip.bytes.begin());
  out = ip;
  return true;
}

// The fixed part of a message of that type about IPv4 or IPv6; nothing of any other. `name`: "RTM_NEWADDR".
template <class Part>
Decoded<Part> ipPart(const Message& message, uint16_t type, const char* name, uint8_t Part::*family) {
  if (message.type != type)
    return nothing<Part>();
  auto part = fixedPart<Part>(message.payload);
  if (!part)
    return malformed(name);
  return isIpFamily((*part).*family) ? part : nothing<Part>();
}

struct IpPrefix {
  Ip address;
  uint8_t bits = 32;
};

} // namespace banger::netlink
