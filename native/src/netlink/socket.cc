#include "netlink/socket.h"

#include "netlink/codec/ack.h"
#include "netns/netns.h"
#include "sys/unique_fd.h"

#include <linux/netlink.h>
#include <sys/socket.h>

namespace banger::netlink {
namespace {

constexpr int kDumpTries = 8;
constexpr size_t kBufferBytes = 64 * 1024; // the kernel's dumps use at most 32 KiB a datagram

Result<UniqueFd> openSocket() {
  auto opened = openInScope([]() -> Result<UniqueFd> {
    UniqueFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE));
    if (!fd)
      return lastError("socket(NETLINK_ROUTE)");
    return fd;
  });
  if (!opened)
    return opened;
  UniqueFd fd = std::move(opened.value());
  int on = 1;
  // Both are there since Linux 4.12 and 4.20; without them only the texts and the filters are worse.
  (void)::setsockopt(fd.get(), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
  (void)::setsockopt(fd.get(), SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on);
  return fd;
}

Status send(int fd, const Bytes& message, const Subject& subject) {
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  for (;;) {
    ssize_t n =
        ::sendto(fd, message.data(), message.size(), 0, reinterpret_cast<sockaddr*>(&kernel), sizeof kernel);
    if (n >= 0)
      return Unit{};
    if (errno != EINTR)
      return lastError(subject.syscall, subject.object);
  }
}

enum class Progress { More, Done };

struct Exchange {
  const Subject& subject;
  const std::function<void(const Message&)>& each;
  uint32_t sequence;
  bool torn = false;

  Result<Progress> take(const Message& message) {
    if (message.sequence != sequence)
      return Progress::More;
    if ((message.flags & NLM_F_DUMP_INTR) != 0)
      torn = true;
    if (message.type != NLMSG_ERROR && message.type != NLMSG_DONE) {
      if (message.type != NLMSG_NOOP)
        each(message);
      return Progress::More;
    }
    Ack ack = decodeAck(message);
    if (ack.err != 0)
      return SysError{ack.err, subject.syscall, subject.object, ack.text};
    return Progress::Done;
  }
};

Result<bool> receive(int fd, Exchange& exchange) {
  Bytes buffer(kBufferBytes);
  for (;;) {
    ssize_t n = ::recv(fd, buffer.data(), buffer.size(), MSG_TRUNC);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return lastError(exchange.subject.syscall, exchange.subject.object);
    if (static_cast<size_t>(n) > buffer.size())
      return SysError{EMSGSIZE, exchange.subject.syscall, exchange.subject.object, {}};
    MessageReader reader(ByteSpan(buffer.data(), static_cast<size_t>(n)));
    while (auto message = reader.next()) {
      auto progress = exchange.take(*message);
      if (!progress)
        return progress.error();
      if (progress.value() == Progress::Done)
        return exchange.torn;
    }
  }
}

} // namespace

Status query(const Bytes& message, const Subject& subject, const std::function<void()>& begin,
             const std::function<void(const Message&)>& each) {
  nlmsghdr header;
  std::memcpy(&header, message.data(), sizeof header);
  for (int attempt = 1;; ++attempt) {
    auto fd = openSocket();
    if (!fd)
      return fd.error();
    begin();
    auto sent = send(fd.value().get(), message, subject);
    if (!sent)
      return sent;
    Exchange exchange{subject, each, header.nlmsg_seq};
    auto torn = receive(fd.value().get(), exchange);
    if (!torn)
      return torn.error();
    if (!torn.value())
      return Unit{};
    if (attempt == kDumpTries)
      return SysError{EINTR, subject.syscall, subject.object, "the dump was torn"};
  }
}

Status request(const Bytes& message, const Subject& subject) {
  return query(
      message, subject, [] {}, [](const Message&) {});
}

} // namespace banger::netlink
