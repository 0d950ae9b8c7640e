#pragma once

#include "netlink/codec/builder.h"

#include <optional>
#include <string>

namespace banger::netlink {

struct Attribute {
  uint16_t type = 0; // without NLA_F_NESTED and NLA_F_NET_BYTEORDER
  ByteSpan payload;

  // The payload as a value of exactly that size.
  template <class T> std::optional<T> as() const {
    static_assert(std::is_trivially_copyable_v<T>);
    if (payload.size() != sizeof(T))
      return std::nullopt;
    T value;
    std::memcpy(&value, payload.data(), sizeof value);
    return value;
  }
  // The same, to `out`; false, and `out` as it was, when the size is another.
  template <class T> bool to(T& out) const {
    auto value = as<T>();
    if (value)
      out = *value;
    return value.has_value();
  }
  template <class T> bool to(std::optional<T>& out) const {
    out = as<T>();
    return out.has_value();
  }
  // Up to the first NUL.
  std::string text() const;
};

// Walks attributes and checks every length; what is malformed ends the walk.
class AttributeReader {
public:
  explicit AttributeReader(ByteSpan bytes) : rest_(bytes) {}
  std::optional<Attribute> next();
  // After the walk: whether it ended before the bytes did.
  bool malformed() const { return !rest_.empty(); }

private:
  ByteSpan rest_;
};

// Calls `each` for every attribute; false when it says so, or when the attributes are malformed.
template <class Each> bool eachAttribute(ByteSpan bytes, Each each) {
  AttributeReader reader(bytes);
  bool good = true;
  while (auto attribute = reader.next())
    good = each(*attribute) && good;
  return good && !reader.malformed();
}

// The fixed part of a message's payload; nothing when it is too short.
template <class T> std::optional<T> fixedPart(ByteSpan payload) {
  if (payload.size() < sizeof(T))
    return std::nullopt;
  T value;
  std::memcpy(&value, payload.data(), sizeof value);
  return value;
}

// What follows a fixed part of `size` bytes, which is padded to 4.
ByteSpan afterFixed(ByteSpan payload, size_t size);

} // namespace banger::netlink
