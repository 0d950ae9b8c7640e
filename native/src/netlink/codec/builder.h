// Encoding of netlink messages: pure, bytes out. https://docs.kernel.org/userspace-api/netlink/intro.html
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace banger::netlink {

using Bytes = std::vector<uint8_t>;
using ByteSpan = std::span<const uint8_t>;

// One message: a header, the family's own fixed part, attributes (nested where need be), each padded to 4
// bytes.
class Builder {
public:
  Builder(uint16_t type, uint16_t flags, uint32_t sequence);

  template <class T> Builder& fixed(const T& part) {
    static_assert(std::is_trivially_copyable_v<T>);
    append(&part, sizeof part);
    return *this;
  }
  Builder& attribute(uint16_t type, ByteSpan payload);
  Builder& attribute(uint16_t type, uint32_t value);
  Builder& byte(uint16_t type, uint8_t value) { return attribute(type, ByteSpan(&value, 1)); }
  Builder& text(uint16_t type, std::string_view value); // with its NUL
  template <class Body> Builder& nested(uint16_t type, Body body) {
    size_t start = open(type);
    body(*this);
    close(start);
    return *this;
  }
  Bytes finish();

private:
  void append(const void* data, size_t size);
  size_t open(uint16_t type);
  void close(size_t start);
  Bytes bytes_;
};

} // namespace banger::netlink
