#include "netlink/nfnl/socket.h"

#include "netlink/socket.h"

#include <algorithm>
#include <linux/netlink.h>
#include <sys/socket.h>

namespace banger::netlink {
namespace {

constexpr const char* kObject = "nf_tables";
constexpr size_t kBufferBytes = 64 * 1024;           // the kernel's dumps use at most 32 KiB a datagram
constexpr size_t kDumpLimit = size_t{256} << 20;     // what a table would need that nobody has
constexpr uint32_t kRoomLimit = uint32_t{512} << 20; // the kernel's own is INT_MAX / 2

// Room beyond the limits of sysctl needs CAP_NET_ADMIN, which nf_tables needs anyway. Its failure shows in
// the call that needs the room.
void makeRoom(int fd, int force, size_t bytes, size_t& room) {
  if (bytes <= room)
    return;
  room = bytes;
  int size = static_cast<int>(std::min<size_t>(bytes, kRoomLimit));
  (void)::setsockopt(fd, SOL_SOCKET, force, &size, sizeof size);
}

Status send(int fd, const Bytes& bytes) {
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  for (;;) {
    ssize_t n =
        ::sendto(fd, bytes.data(), bytes.size(), 0, reinterpret_cast<sockaddr*>(&kernel), sizeof kernel);
    if (n >= 0)
      return Unit{};
    if (errno != EINTR)
      return lastError("sendto(NETLINK_NETFILTER)", kObject);
  }
}

// Appends one datagram of the kernel; 0 when none was there (only with MSG_DONTWAIT).
Result<size_t> receive(int fd, Bytes& buffer, Bytes& into, int flags) {
  for (;;) {
    sockaddr_nl from{};
    socklen_t length = sizeof from;
    ssize_t n = ::recvfrom(fd, buffer.data(), buffer.size(), flags | MSG_TRUNC,
                           reinterpret_cast<sockaddr*>(&from), &length);
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0 && errno == EAGAIN)
      return size_t{0};
    if (n < 0)
      return lastError("recvfrom(NETLINK_NETFILTER)", kObject);
    if (from.nl_pid != 0)
      continue; // not the kernel's
    if (static_cast<size_t>(n) > buffer.size())
      return SysError{EMSGSIZE, "recvfrom(NETLINK_NETFILTER)", kObject, {}};
    into.insert(into.end(), buffer.begin(), buffer.begin() + n);
    return static_cast<size_t>(n);
  }
}

bool endsDump(ByteSpan datagram, uint32_t sequence) {
  MessageReader reader(datagram);
  while (auto message = reader.next())
    if (message->sequence == sequence && (message->type == NLMSG_DONE || message->type == NLMSG_ERROR))
      return true;
  return false;
}

} // namespace

Result<std::shared_ptr<NetfilterSocket>> NetfilterSocket::open() {
  auto fd = openSocket(NETLINK_NETFILTER, "socket(NETLINK_NETFILTER)");
  if (!fd)
    return fd.error();
  return std::make_shared<NetfilterSocket>(std::move(fd.value()));
}

// What an exchange left behind in the socket when it failed would be the next one's replies.
Result<Bytes> NetfilterSocket::closedIfFailed(Result<Bytes> replies) {
  if (!replies)
    fd_.reset();
  return replies;
}

Result<Bytes> NetfilterSocket::batch(const Bytes& messages, uint32_t replyBytes) {
  std::lock_guard lock(mutex_);
  return closedIfFailed(sendBatch(messages, replyBytes));
}

Result<Bytes> NetfilterSocket::dump(const Bytes& request) {
  std::lock_guard lock(mutex_);
  return closedIfFailed(sendDump(request));
}

Result<Bytes> NetfilterSocket::sendBatch(const Bytes& messages, uint32_t replyBytes) {
  makeRoom(fd_.get(), SO_SNDBUFFORCE, messages.size() + kBufferBytes, sendRoom_);
  makeRoom(fd_.get(), SO_RCVBUFFORCE, size_t{replyBytes} + kBufferBytes, receiveRoom_);
  auto sent = send(fd_.get(), messages);
  if (!sent)
    return sent.error();
  Bytes replies;
  Bytes buffer(kBufferBytes);
  for (;;) {
    auto received = receive(fd_.get(), buffer, replies, MSG_DONTWAIT);
    if (!received)
      return received.error();
    if (received.value() == 0)
      return replies;
  }
}

Result<Bytes> NetfilterSocket::sendDump(const Bytes& request) {
  nlmsghdr header{};
  std::memcpy(&header, request.data(), std::min(sizeof header, request.size()));
  auto sent = send(fd_.get(), request);
  if (!sent)
    return sent.error();
  Bytes replies;
  Bytes buffer(kBufferBytes);
  for (;;) {
    size_t before = replies.size();
    auto received = receive(fd_.get(), buffer, replies, 0);
    if (!received)
      return received.error();
    if (endsDump(ByteSpan(replies).subspan(before), header.nlmsg_seq))
      return replies;
    if (replies.size() > kDumpLimit)
      return SysError{EMSGSIZE, "recvfrom(NETLINK_NETFILTER)", kObject, "a dump without an end"};
  }
}

void NetfilterSocket::close() {
  std::lock_guard lock(mutex_);
  fd_.reset();
}

} // namespace banger::netlink
