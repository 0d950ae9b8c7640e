// One request and its replies, without a socket: what can be tried with replies of one's own making.
#pragma once

#include "netlink/codec/message.h"
#include "sys/result.h"

#include <functional>
#include <memory>
#include <sys/types.h>

namespace banger::netlink {

// What an error says: `netlink(RTM_NEWROUTE)`, and the object that it was about.
struct Subject {
  const char* syscall;
  std::string object;
};

// The two calls of a socket that an exchange needs.
class Channel {
public:
  virtual ~Channel() = default;
  virtual ssize_t send(ByteSpan message) = 0;                // as send(2)
  virtual ssize_t receive(uint8_t* buffer, size_t size) = 0; // as recv(2) with MSG_TRUNC
};

using OpenChannel = std::function<Result<std::unique_ptr<Channel>>()>;

struct Exchange {
  const Bytes& message;
  const Subject& subject;
  // Whether the request only reads. Then it is made again, on a new channel, when its replies were torn by a
  // change (NLM_F_DUMP_INTR) or lost (ENOBUFS). What a change did when its ACK was lost is not known:
  // ENOBUFS.
  bool reads;
};

// `begin` is called before each try, `each` for every reply that is no ACK. EBADMSG when a datagram is
// malformed, EMSGSIZE when it is larger than any that a kernel sends.
Status exchange(const OpenChannel& open, const Exchange& exchange, const std::function<void()>& begin,
                const std::function<void(const Message&)>& each);

} // namespace banger::netlink
