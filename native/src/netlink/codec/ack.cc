#include "netlink/codec/ack.h"

#include "netlink/codec/attributes.h"

#include <algorithm>
#include <cerrno>
#include <limits>
#include <linux/netlink.h>

namespace banger::netlink {
namespace {

// NLMSG_ERROR: { int error; nlmsghdr request; [payload of the request, unless NLM_F_CAPPED] } attributes
size_t attributesOffset(const Message& message) {
  if (message.type == NLMSG_DONE)
    return sizeof(int);
  size_t offset = sizeof(nlmsgerr);
  auto echoed = fixedPart<nlmsgerr>(message.payload);
  if (echoed && (message.flags & NLM_F_CAPPED) == 0 && echoed->msg.nlmsg_len > NLMSG_HDRLEN)
    offset += NLMSG_ALIGN(echoed->msg.nlmsg_len) - NLMSG_HDRLEN;
  return offset;
}

} // namespace

Ack decodeAck(const Message& message) {
  auto error = fixedPart<int>(message.payload);
  if (!error)
    return message.type == NLMSG_DONE ? Ack{} : Ack{EBADMSG, {}};
  if (*error == std::numeric_limits<int>::min()) // has no positive counterpart, and is no errno
    return Ack{EBADMSG, {}};
  Ack ack{*error > 0 ? 0 : -*error, {}};
  if ((message.flags & NLM_F_ACK_TLVS) == 0)
    return ack;
  size_t offset = std::min(attributesOffset(message), message.payload.size());
  AttributeReader reader(message.payload.subspan(offset));
  while (auto attribute = reader.next())
    if (attribute->type == NLMSGERR_ATTR_MSG)
      ack.text = attribute->text();
  return ack;
}

} // namespace banger::netlink
