#pragma once

#include "netlink/codec/message.h"

#include <string>

namespace banger::netlink {

struct Ack {
  int err = 0;      // positive errno; 0 is a success
  std::string text; // the extended ack's message, or empty
};

// NLMSG_ERROR, or NLMSG_DONE (which ends a dump and carries a status too). Too short is EBADMSG.
Ack decodeAck(const Message& message);

} // namespace banger::netlink
