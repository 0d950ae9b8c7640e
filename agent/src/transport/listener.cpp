#include "transport/listener.h"

#include <algorithm>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

// After sys/socket.h: it uses sa_family_t.
#include <linux/vm_sockets.h>

namespace banger {

namespace {

constexpr unsigned vsock_port = 1024;

} // namespace

ListeningSocket::ListeningSocket(EventLoop& loop, UniqueFd fd, const HandlerFactory& factory, Accept accept,
                                 MakeFilter make_filter)
    : loop_(loop), fd_(std::move(fd)), factory_(factory), accept_(std::move(accept)),
      make_filter_(std::move(make_filter)) {
  loop_.watch(fd_.get(), EPOLLIN, [this](uint32_t) { on_readable(); });
}

ListeningSocket::~ListeningSocket() {
  loop_.unwatch(fd_.get());
}

void ListeningSocket::on_readable() {
  UniqueFd fd(::accept4(fd_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
  if (fd && accept_(fd.get()))
    add(std::move(fd));
}

void ListeningSocket::add(UniqueFd fd) {
  connections_.emplace_front();
  const auto place = connections_.begin();
  Connection::Options options;
  if (make_filter_)
    options.filter = make_filter_();
  options.on_closed = [this, place] { connections_.erase(place); };
  *place = std::make_unique<Connection>(loop_, std::move(fd), factory_, std::move(options));
}

Result<UniqueFd> listen_unix(const char* path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const size_t length = std::strlen(path);
  if (length >= sizeof address.sun_path)
    return Error{ENAMETOOLONG, path};
  std::memcpy(address.sun_path, path, length);
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd)
    return os_error("socket(AF_UNIX)");
  ::unlink(path);
  const mode_t mask = ::umask(0177);
  const bool bound = ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  const Error error = os_error(path);
  ::umask(mask);
  if (!bound)
    return error;
  if (::listen(fd.get(), 16) < 0)
    return os_error(path);
  return fd;
}

Result<UniqueFd> listen_vsock() {
  // Asked first: a socket() of an unknown family makes the kernel run modprobe.
  if (::access("/dev/vsock", F_OK) < 0)
    return os_error("/dev/vsock");
  UniqueFd fd(::socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd)
    return os_error("socket(AF_VSOCK)");
  sockaddr_vm address{};
  address.svm_family = AF_VSOCK;
  address.svm_cid = VMADDR_CID_ANY;
  address.svm_port = vsock_port;
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0)
    return os_error("bind(AF_VSOCK)");
  if (::listen(fd.get(), 16) < 0)
    return os_error("listen(AF_VSOCK)");
  return fd;
}

UniqueFd ring_host() {
  UniqueFd bell(::socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_vm host{};
  host.svm_family = AF_VSOCK;
  host.svm_cid = VMADDR_CID_HOST;
  host.svm_port = vsock_port;
  if (bell)
    (void)::connect(bell.get(), reinterpret_cast<const sockaddr*>(&host), sizeof host);
  return bell;
}

bool peer_is_host(int fd) {
  sockaddr_vm peer{};
  socklen_t size = sizeof peer;
  return ::getpeername(fd, reinterpret_cast<sockaddr*>(&peer), &size) == 0 && peer.svm_cid == VMADDR_CID_HOST;
}

} // namespace banger
