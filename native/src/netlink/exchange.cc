#include "netlink/exchange.h"

#include "netlink/codec/ack.h"

#include <linux/netlink.h>

namespace banger::netlink {
namespace {

// A dump of 1,000 links takes milliseconds, and any link that comes or goes meanwhile tears it. Few and
// without pauses: one of the executor's four threads does them.
constexpr int kTries = 8;
constexpr size_t kBufferBytes = 64 * 1024; // the kernel's dumps use at most 32 KiB a datagram

struct Attempt {
  const Exchange& exchange;
  const std::function<void(const Message&)>& each;
  uint32_t sequence;
  bool torn = false;

  SysError failure(int err, std::string detail = {}) const {
    return SysError{err, exchange.subject.syscall, exchange.subject.object, std::move(detail)};
  }

  Status send(Channel& channel) const {
    for (;;) {
      if (channel.send(exchange.message) >= 0)
        return Unit{};
      if (int err = errno; err != EINTR)
        return failure(err);
    }
  }

  // Whether the ACK, or the end of the dump, has come.
  Result<bool> take(const Message& message) {
    if (message.sequence != sequence)
      return false;
    if ((message.flags & NLM_F_DUMP_INTR) != 0)
      torn = true;
    if (message.type == NLMSG_NOOP)
      return false;
    if (message.type != NLMSG_ERROR && message.type != NLMSG_DONE) {
      each(message);
      return false;
    }
    Ack ack = decodeAck(message);
    if (ack.err != 0)
      return failure(ack.err, ack.text);
    return true;
  }

  Status receive(Channel& channel) {
    std::unique_ptr<uint8_t[]> buffer(new uint8_t[kBufferBytes]); // not cleared, as a vector's would be
    for (;;) {
      ssize_t n = channel.receive(buffer.get(), kBufferBytes);
      int err = errno;
      if (n < 0 && err == EINTR)
        continue;
      if (n < 0)
        return failure(err, err == ENOBUFS ? "the kernel's reply was lost" : "");
      if (static_cast<size_t>(n) > kBufferBytes)
        return failure(EMSGSIZE);
      MessageReader reader(ByteSpan(buffer.get(), static_cast<size_t>(n)));
      while (auto message = reader.next()) {
        auto done = take(*message);
        if (!done)
          return done.error();
        if (done.value())
          return Unit{};
      }
      if (n == 0 || reader.malformed())
        return failure(EBADMSG, "the reply is malformed");
    }
  }
};

} // namespace

Status exchange(const OpenChannel& open, const Exchange& exchange, const std::function<void()>& begin,
                const std::function<void(const Message&)>& each) {
  nlmsghdr header;
  std::memcpy(&header, exchange.message.data(), sizeof header);
  for (int tries = 1;; ++tries) {
    auto channel = open();
    if (!channel)
      return channel.error();
    begin();
    Attempt attempt{exchange, each, header.nlmsg_seq};
    auto done = attempt.send(*channel.value());
    if (done)
      done = attempt.receive(*channel.value());
    bool again = done ? attempt.torn : done.error().err == ENOBUFS;
    if (!exchange.reads || !again)
      return done;
    if (tries == kTries)
      return done ? attempt.failure(EINTR, "the dump was torn by changes each time") : done;
  }
}

} // namespace banger::netlink
