#include "netlink/codec/message.h"

#include "netlink/codec/attributes.h"

#include <algorithm>
#include <linux/netlink.h>

namespace banger::netlink {

std::optional<Message> MessageReader::next() {
  auto header = fixedPart<nlmsghdr>(rest_);
  if (!header || header->nlmsg_len < NLMSG_HDRLEN || header->nlmsg_len > rest_.size())
    return std::nullopt;
  Message message{header->nlmsg_type, header->nlmsg_flags, header->nlmsg_seq,
                  rest_.subspan(NLMSG_HDRLEN, header->nlmsg_len - NLMSG_HDRLEN)};
  rest_ = rest_.subspan(std::min<size_t>(NLMSG_ALIGN(header->nlmsg_len), rest_.size()));
  return message;
}

} // namespace banger::netlink
