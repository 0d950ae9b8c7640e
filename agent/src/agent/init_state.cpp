#include "agent/init_state.h"

#include "sys/file.h"

#include <cstring>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

namespace banger {

namespace {

constexpr auto ask_interval = std::chrono::seconds(5);

} // namespace

UniqueFd open_notify_socket() {
  UniqueFd fd(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const size_t length = std::strlen(notify_socket_name);
  std::memcpy(address.sun_path, notify_socket_name, length);
  address.sun_path[0] = '\0'; // abstract: needs no directory to be there, and none to be cleaned
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
  const int on = 1;
  if (!fd || ::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), size) < 0)
    return {};
  // Only PID 1's word counts; any process of the guest can send here.
  ::setsockopt(fd.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on);
  return fd;
}

InitState::InitState(AgentContext& context, UniqueFd notify_socket)
    : context_(context), notify_(std::move(notify_socket)) {
  if (notify_)
    context_.loop.watch(notify_.get(), EPOLLIN, [this](uint32_t) { on_notify(); });
}

void InitState::on_notify() {
  char text[4096];
  char control[CMSG_SPACE(sizeof(ucred))];
  while (true) {
    iovec part{.iov_base = text, .iov_len = sizeof text};
    msghdr message{};
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = control;
    message.msg_controllen = sizeof control;
    const ssize_t count = ::recvmsg(notify_.get(), &message, MSG_CMSG_CLOEXEC);
    if (count < 0)
      return;
    const cmsghdr* header = CMSG_FIRSTHDR(&message);
    if (!header || header->cmsg_type != SCM_CREDENTIALS)
      continue;
    ucred sender{};
    std::memcpy(&sender, CMSG_DATA(header), sizeof sender);
    const std::string_view lines(text, static_cast<size_t>(count));
    if (sender.pid == 1 &&
        (lines.starts_with("READY=1") || lines.find("\nREADY=1") != std::string_view::npos)) {
      ready_ = true;
      ask_systemctl();
    }
  }
}

void InitState::ask_systemctl() {
  const auto now = EventLoop::Clock::now();
  if (asking_ || (asked_at_.time_since_epoch().count() != 0 && now - asked_at_ < ask_interval))
    return;
  asked_at_ = now;
  asking_ = context_.children.run(
      [] {
        const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
        for (int fd = 0; fd < 3; ++fd)
          ::dup2(null, fd);
        ::execl("/usr/bin/systemctl", "systemctl", "is-system-running", "--quiet", nullptr);
        ::execl("/bin/systemctl", "systemctl", "is-system-running", "--quiet", nullptr);
        return 127;
      },
      [this](int status) {
        asking_ = false;
        // Its status is 0 for "running" only. What else it may be after READY=1 is "degraded" for whoever
        // waits for the system.
        state_ = WIFEXITED(status) && WEXITSTATUS(status) == 0 ? "running" : "degraded";
      });
}

const char* InitState::get() {
  switch (context_.init) {
  case InitKind::systemd:
    if (ready_)
      ask_systemctl();
    return state_;
  case InitKind::other: {
    // It does not say how far it is. Up to its exec PID 1 is still banger-init, by that name.
    const auto comm = read_file("/proc/1/comm", 64);
    return comm && trim_end(*comm) == "banger-init" ? "starting" : "running";
  }
  default:
    return "none";
  }
}

} // namespace banger
