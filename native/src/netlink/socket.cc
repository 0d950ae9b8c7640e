#include "netlink/socket.h"

#include "netns/netns.h"

#include <linux/netlink.h>
#include <sys/socket.h>

namespace banger::netlink {
namespace {

// A pointer has no destructor that could run after the addon was unloaded.
thread_local RouteSocketScope* routeScope = nullptr;

ssize_t sendOn(int fd, ByteSpan message) {
  sockaddr_nl kernel{};
  kernel.nl_family = AF_NETLINK;
  return ::sendto(fd, message.data(), message.size(), 0, reinterpret_cast<sockaddr*>(&kernel), sizeof kernel);
}

class OwnChannel final : public Channel {
public:
  explicit OwnChannel(UniqueFd fd) : fd_(std::move(fd)) {}

  ssize_t send(ByteSpan message) override { return sendOn(fd_.get(), message); }
  ssize_t receive(uint8_t* buffer, size_t size) override {
    return ::recv(fd_.get(), buffer, size, MSG_TRUNC);
  }

private:
  UniqueFd fd_;
};

class SharedChannel final : public Channel {
public:
  explicit SharedChannel(UniqueFd& fd) : fd_(fd) {}

  ssize_t send(ByteSpan message) override { return sendOn(fd_.get(), message); }
  ssize_t receive(uint8_t* buffer, size_t size) override {
    ssize_t n = ::recv(fd_.get(), buffer, size, MSG_TRUNC);
    // What may still come of this exchange must not be taken for the next one's.
    if (n < 0 && errno != EINTR) {
      int saved = errno;
      fd_.reset();
      errno = saved;
    }
    return n;
  }

private:
  UniqueFd& fd_;
};

Result<std::unique_ptr<Channel>> openRoute() {
  UniqueFd* shared = routeScope != nullptr && !inNetnsScope() ? &routeScope->fd : nullptr;
  if (shared != nullptr && *shared)
    return std::unique_ptr<Channel>(new SharedChannel(*shared));
  auto fd = openSocket(NETLINK_ROUTE, "socket(NETLINK_ROUTE)");
  if (!fd)
    return fd.error();
  if (shared == nullptr)
    return std::unique_ptr<Channel>(new OwnChannel(std::move(fd.value())));
  *shared = std::move(fd.value());
  return std::unique_ptr<Channel>(new SharedChannel(*shared));
}

} // namespace

Result<UniqueFd> openSocket(int protocol, const char* syscall) {
  auto opened = openInScope([&]() -> Result<UniqueFd> {
    UniqueFd fd(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol));
    if (!fd)
      return lastError(syscall, "netlink");
    return fd;
  });
  if (!opened)
    return opened;
  UniqueFd fd = std::move(opened.value());
  int on = 1;
  // They are there since Linux 4.12, 4.12 and 4.20; without them only the texts and the filters are worse.
  (void)::setsockopt(fd.get(), SOL_NETLINK, NETLINK_EXT_ACK, &on, sizeof on);
  (void)::setsockopt(fd.get(), SOL_NETLINK, NETLINK_CAP_ACK, &on, sizeof on);
  (void)::setsockopt(fd.get(), SOL_NETLINK, NETLINK_GET_STRICT_CHK, &on, sizeof on);
  return fd;
}

Status query(const Bytes& message, const Subject& subject, const std::function<void()>& begin,
             const std::function<void(const Message&)>& each) {
  return exchange(openRoute, {message, subject, true}, begin, each);
}

Status request(const Bytes& message, const Subject& subject) {
  return exchange(
      openRoute, {message, subject, false}, [] {}, [](const Message&) {});
}

RouteSocketScope::RouteSocketScope() {
  routeScope = this;
}

RouteSocketScope::~RouteSocketScope() {
  routeScope = nullptr;
}

} // namespace banger::netlink
