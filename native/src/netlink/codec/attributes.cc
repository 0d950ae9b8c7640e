#include "netlink/codec/attributes.h"

#include <algorithm>
#include <linux/netlink.h>

namespace banger::netlink {

std::string Attribute::text() const {
  auto end = std::find(payload.begin(), payload.end(), uint8_t{0});
  return std::string(payload.begin(), end);
}

std::optional<Attribute> AttributeReader::next() {
  auto header = fixedPart<nlattr>(rest_);
  if (!header || header->nla_len < NLA_HDRLEN || header->nla_len > rest_.size())
    return std::nullopt;
  Attribute attribute{static_cast<uint16_t>(header->nla_type & NLA_TYPE_MASK),
                      rest_.subspan(NLA_HDRLEN, header->nla_len - NLA_HDRLEN)};
  rest_ = rest_.subspan(std::min<size_t>(NLA_ALIGN(header->nla_len), rest_.size()));
  return attribute;
}

ByteSpan afterFixed(ByteSpan payload, size_t size) {
  return payload.subspan(std::min<size_t>(NLMSG_ALIGN(size), payload.size()));
}

} // namespace banger::netlink
