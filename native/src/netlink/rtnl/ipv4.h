#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>

namespace banger::netlink {

using Ipv4 = std::array<uint8_t, 4>; // in network order

struct Ipv4Prefix {
  Ipv4 address{};
  uint8_t bits = 32;
};

} // namespace banger::netlink
