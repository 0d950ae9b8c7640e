#pragma once

#include "netlink/codec/message.h"
#include "sys/result.h"

#include <functional>

namespace banger::netlink {

// What an error says: `netlink(RTM_NEWROUTE)`, and the object that it was about.
struct Subject {
  const char* syscall;
  std::string object;
};

// Sends one rtnetlink request on a socket of its own and waits for the ACK.
Status request(const Bytes& message, const Subject& subject);

// The same, and gives the replies that are not ACKs. A dump is repeated when the kernel says that it was torn
// (NLM_F_DUMP_INTR): `begin` is called before each try, so that the caller drops what it has collected.
Status query(const Bytes& message, const Subject& subject, const std::function<void()>& begin,
             const std::function<void(const Message&)>& each);

} // namespace banger::netlink
