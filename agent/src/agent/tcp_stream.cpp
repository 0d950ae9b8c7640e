#include "agent/tcp_stream.h"

#include "agent/json.h"

#include <charconv>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <nghttp2/nghttp2.h>
#include <sys/epoll.h>
#include <sys/socket.h>

namespace banger {

namespace {

constexpr std::string_view prefix = "/tcp/";

struct Loopback {
  int family;
  const char* name;
};
constexpr Loopback loopbacks[] = {{AF_INET, "127.0.0.1"}, {AF_INET6, "::1"}};

/** 0, EINPROGRESS, or why not. */
int connect_to(int fd, int family, uint16_t port) {
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_port = htons(port);
  v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_port = htons(port);
  v6.sin6_addr = in6addr_loopback;
  const auto* address =
      family == AF_INET ? reinterpret_cast<sockaddr*>(&v4) : reinterpret_cast<sockaddr*>(&v6);
  return ::connect(fd, address, family == AF_INET ? sizeof v4 : sizeof v6) == 0 ? 0 : errno;
}

} // namespace

std::optional<uint16_t> tcp_port_of(const std::string& path) {
  if (!path.starts_with(prefix))
    return {};
  const char* begin = path.data() + prefix.size();
  const char* end = path.data() + path.size();
  uint16_t port = 0;
  const auto [rest, error] = std::from_chars(begin, end, port);
  if (error != std::errc() || rest != end || port == 0)
    return {};
  return port;
}

void TcpStream::connect(uint16_t port) {
  port_ = port;
  try_next();
}

void TcpStream::try_next() {
  int error = ECONNREFUSED;
  while (tried_ < std::size(loopbacks)) {
    const Loopback& loopback = loopbacks[tried_++];
    close_socket();
    socket_ = UniqueFd(::socket(loopback.family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    error = socket_ ? connect_to(socket_.get(), loopback.family, port_) : errno;
    if (error != 0 && error != EINPROGRESS)
      continue;
    // Weak: the loop must not keep a stream whose session has gone.
    loop_.watch(socket_.get(), EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET,
                [weak = weak_from_this()](uint32_t events) {
                  if (const auto self = weak.lock())
                    self->on_event(events);
                });
    return;
  }
  refuse(error);
}

void TcpStream::on_event(uint32_t events) {
  if (closed_)
    return;
  if (!connected_) {
    int error = 0;
    socklen_t size = sizeof error;
    ::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0)
      return tried_ < std::size(loopbacks) ? try_next() : refuse(error);
    if (!(events & EPOLLOUT))
      return;
    connected();
  }
  if (events & ~EPOLLOUT)
    control_->resume();
  if (events & EPOLLOUT)
    flush();
}

void TcpStream::connected() {
  connected_ = true;
  const int yes = 1;
  ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  control_->respond(200, "application/octet-stream", true);
}

void TcpStream::refuse(int error) {
  close_socket();
  write_ended_ = read_ended_ = true;
  flush();
  const std::string why = std::strerror(error);
  const std::string text = dump_json(
      {{"code", "ERR_TCP_REFUSED"},
       {"message", "Port " + std::to_string(port_) + " of the guest took no connection: " + why + "."}});
  refusal_.append({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
  control_->respond(502, "application/json", true);
}

void TcpStream::on_data(Bytes bytes) {
  input_.append(bytes);
  if (connected_ || write_ended_)
    flush();
}

void TcpStream::on_end() {
  ending_ = true;
  if (connected_)
    flush();
}

void TcpStream::flush() {
  size_t taken = 0;
  while (!input_.empty()) {
    const Bytes run = input_.front();
    ssize_t count = static_cast<ssize_t>(run.size());
    if (!write_ended_) {
      count = ::send(socket_.get(), run.data(), run.size(), MSG_NOSIGNAL);
      if (count < 0 && errno == EINTR)
        continue;
      if (count < 0 && errno == EAGAIN)
        break;
      if (count < 0) {
        // Nobody reads any more: the rest is dropped and its window opened. What the peer has sent is still
        // read.
        write_ended_ = true;
        continue;
      }
    }
    input_.pop(static_cast<size_t>(count));
    taken += static_cast<size_t>(count);
  }
  if (taken > 0)
    control_->consume(taken);
  if (ending_ && input_.empty() && !std::exchange(write_ended_, true))
    ::shutdown(socket_.get(), SHUT_WR);
}

size_t TcpStream::produce(uint8_t* target, size_t room, bool& ended) {
  if (!connected_) {
    const size_t count = refusal_.take(target, room);
    ended = refusal_.empty();
    return count;
  }
  while (!read_ended_ && !failed_) {
    const ssize_t count = ::read(socket_.get(), target, room);
    if (count > 0)
      return static_cast<size_t>(count);
    if (count < 0 && errno == EINTR)
      continue;
    if (count < 0 && errno == EAGAIN)
      return 0;
    if (count == 0) {
      read_ended_ = true;
      break;
    }
    failed_ = true;
    // Not from within: the session is at work on this stream.
    loop_.defer([weak = weak_from_this()] {
      if (const auto self = weak.lock())
        self->control_->reset(NGHTTP2_CONNECT_ERROR);
    });
  }
  ended = read_ended_;
  return 0;
}

void TcpStream::on_close() {
  closed_ = true;
  // A client that went away in the middle has not sent all: the peer must not take that for an end.
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  if (socket_ && !(write_ended_ && read_ended_))
    ::setsockopt(socket_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close_socket();
}

void TcpStream::close_socket() {
  if (!socket_)
    return;
  loop_.unwatch(socket_.get());
  socket_.reset();
}

} // namespace banger
