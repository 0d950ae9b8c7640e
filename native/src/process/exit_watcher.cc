#include "process/exit_watcher.h"

#include "process/pidfd.h"

#include <csignal>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/wait.h>

namespace banger {
namespace {

constexpr uint64_t kWakeId = ~uint64_t{0};

Status addToEpoll(int epoll, int fd, uint64_t id) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.u64 = id;
  if (::epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event) < 0)
    return lastError("epoll_ctl", "pidfd");
  return Unit{};
}

} // namespace

ExitWatcher::ExitWatcher(std::function<void(const ProcessEnd&)> onEnd) : onEnd_(std::move(onEnd)) {}

ExitWatcher::~ExitWatcher() {
  stop();
}

Status ExitWatcher::start() {
  UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll)
    return lastError("epoll_create1");
  UniqueFd wake(::eventfd(0, EFD_CLOEXEC));
  if (!wake)
    return lastError("eventfd");
  auto added = addToEpoll(epoll.get(), wake.get(), kWakeId);
  if (!added)
    return added;
  epoll_ = std::move(epoll);
  wake_ = std::move(wake);
  // Signals are the main thread's business.
  sigset_t all, saved;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &saved);
  thread_ = std::thread([this] { run(); });
  ::pthread_sigmask(SIG_SETMASK, &saved, nullptr);
  return Unit{};
}

Status ExitWatcher::watch(uint64_t id, UniqueFd pidfd) {
  std::lock_guard lock(mutex_);
  if (stopped_)
    return SysError{ECANCELED, "epoll_ctl", "pidfd", "closed"};
  if (!thread_.joinable()) {
    auto started = start();
    if (!started)
      return started;
  }
  int fd = pidfd.get();
  pidfds_.emplace(id, std::move(pidfd));
  auto added = addToEpoll(epoll_.get(), fd, id);
  if (!added)
    pidfds_.erase(id);
  return added;
}

void ExitWatcher::run() {
  epoll_event events[64];
  for (;;) {
    int count = ::epoll_wait(epoll_.get(), events, 64, -1);
    for (int i = 0; i < count; ++i) {
      if (events[i].data.u64 == kWakeId)
        return;
      collect(events[i].data.u64);
    }
  }
}

void ExitWatcher::collect(uint64_t id) {
  UniqueFd pidfd;
  {
    std::lock_guard lock(mutex_);
    auto found = pidfds_.find(id);
    if (found == pidfds_.end())
      return;
    pidfd = std::move(found->second);
    pidfds_.erase(found);
    (void)::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, pidfd.get(), nullptr);
  }
  ProcessEnd end;
  end.id = id;
  siginfo_t info{};
  int reaped;
  do {
    reaped = ::waitid(kPidfd, static_cast<id_t>(pidfd.get()), &info, WEXITED | WNOHANG);
  } while (reaped < 0 && errno == EINTR);
  if (reaped == 0 && info.si_pid != 0) {
    end.child = true;
    if (info.si_code == CLD_EXITED)
      end.code = info.si_status;
    else
      end.signal = info.si_status;
  }
  onEnd_(end); // ECHILD: not our child, its parent has the status
}

void ExitWatcher::stop() {
  if (!thread_.joinable())
    return;
  uint64_t one = 1;
  while (::write(wake_.get(), &one, sizeof one) < 0 && errno == EINTR) {
  }
  thread_.join();
  std::lock_guard lock(mutex_);
  pidfds_.clear();
}

} // namespace banger
