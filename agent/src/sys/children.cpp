#include "sys/children.h"

#include <csignal>
#include <cstdint>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

namespace banger {

Children::Children(EventLoop& loop) : loop_(loop) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  ::sigprocmask(SIG_BLOCK, &set, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  signals_ = UniqueFd(::signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  loop_.watch(signals_.get(), EPOLLIN, [this](uint32_t) {
    signalfd_siginfo info[8];
    while (::read(signals_.get(), info, sizeof info) > 0) {
    }
    reap();
  });
}

void Children::expect(pid_t pid, OnExit on_exit) {
  expected_[pid] = std::move(on_exit);
}

bool Children::run(const std::function<int()>& body, OnExit on_exit) {
  const pid_t pid = ::fork();
  if (pid < 0)
    return false;
  if (pid == 0) {
    reset_signals();
    ::_exit(body());
  }
  expect(pid, std::move(on_exit));
  return true;
}

void Children::reset_signals() {
  // By the kernel's own call (struct kernel_sigaction, all zero: SIG_DFL): libc refuses signals 32 and 33,
  // which it uses itself, and whoever started us may have ignored them.
  const struct {
    void* handler;
    unsigned long flags;
    void* restorer;
    uint64_t mask;
  } by_default{};
  for (int number = 1; number < NSIG; ++number)
    ::syscall(SYS_rt_sigaction, number, &by_default, nullptr, sizeof by_default.mask);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

void Children::reap() {
  int status = 0;
  pid_t pid = 0;
  while ((pid = ::waitpid(-1, &status, WNOHANG)) > 0) {
    auto node = expected_.extract(pid);
    if (!node.empty())
      node.mapped()(status);
  }
}

} // namespace banger
