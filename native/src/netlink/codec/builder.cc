#include "netlink/codec/builder.h"

#include <linux/netlink.h>

namespace banger::netlink {

Builder::Builder(uint16_t type, uint16_t flags, uint32_t sequence) {
  nlmsghdr header{};
  header.nlmsg_type = type;
  header.nlmsg_flags = flags;
  header.nlmsg_seq = sequence;
  append(&header, sizeof header);
}

void Builder::append(const void* data, size_t size) {
  size_t at = bytes_.size();
  bytes_.resize(at + NLMSG_ALIGN(size));
  if (size > 0)
    std::memcpy(bytes_.data() + at, data, size);
}

size_t Builder::open(uint16_t type) {
  size_t start = bytes_.size();
  nlattr header{0, type};
  append(&header, sizeof header);
  return start;
}

void Builder::close(size_t start) {
  uint16_t length = static_cast<uint16_t>(bytes_.size() - start);
  std::memcpy(bytes_.data() + start, &length, sizeof length);
}

Builder& Builder::attribute(uint16_t type, ByteSpan payload) {
  size_t start = open(type);
  uint16_t length = static_cast<uint16_t>(NLA_HDRLEN + payload.size()); // without the padding
  append(payload.data(), payload.size());
  std::memcpy(bytes_.data() + start, &length, sizeof length);
  return *this;
}

Builder& Builder::attribute(uint16_t type, uint32_t value) {
  return attribute(type, ByteSpan(reinterpret_cast<const uint8_t*>(&value), sizeof value));
}

Builder& Builder::text(uint16_t type, std::string_view value) {
  Bytes payload(value.begin(), value.end());
  payload.push_back(0);
  return attribute(type, payload);
}

Bytes Builder::finish() {
  uint32_t length = static_cast<uint32_t>(bytes_.size());
  std::memcpy(bytes_.data(), &length, sizeof length);
  return std::move(bytes_);
}

} // namespace banger::netlink
