#include "process/exit_watcher.h"

#include "process/pidfd.h"

#include <optional>
#include <sys/epoll.h>
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

ProcessEnd reapProcess(uint64_t id, int pidfd) {
  ProcessEnd end{id};
  siginfo_t info{};
  int result;
  do {
    result = ::waitid(kPidfd, static_cast<id_t>(pidfd), &info, WEXITED | WNOHANG);
  } while (result < 0 && errno == EINTR);
  if (result < 0 || info.si_pid == 0)
    return end;
  end.reaped = true;
  if (info.si_code == CLD_EXITED)
    end.code = info.si_status;
  else
    end.signal = info.si_status;
  return end;
}

} // namespace

ExitWatcher::ExitWatcher(std::function<void(const ProcessEnd&)> onEnd) : onEnd_(std::move(onEnd)) {}

ExitWatcher::~ExitWatcher() {
  stop();
}

Status ExitWatcher::prepare(int wake) {
  UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll)
    return lastError("epoll_create1");
  auto added = addToEpoll(epoll.get(), wake, kWakeId);
  if (added)
    epoll_ = std::move(epoll);
  return added;
}

Status ExitWatcher::watch(uint64_t id, UniqueFd& pidfd, bool reap) {
  std::lock_guard lock(mutex_);
  if (stopped_)
    return SysError{ECANCELED, "epoll_ctl", "pidfd", "closed"};
  auto started = thread_.start([this](int wake) { return prepare(wake); }, [this] { run(); });
  if (!started)
    return started;
  // The thread that this may wake waits for the lock.
  auto added = addToEpoll(epoll_.get(), pidfd.get(), id);
  if (added)
    watched_.emplace(id, Watched{std::move(pidfd), reap});
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
  std::optional<Watched> watched;
  {
    std::lock_guard lock(mutex_);
    auto found = watched_.find(id);
    if (found == watched_.end())
      return;
    watched.emplace(std::move(found->second));
    watched_.erase(found);
    (void)::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, watched->pidfd.get(), nullptr);
  }
  ProcessEnd end = watched->reap ? reapProcess(id, watched->pidfd.get()) : ProcessEnd{id};
  watched.reset(); // who is told finds its descriptor closed
  onEnd_(end);
}

void ExitWatcher::stop() {
  {
    // From here on no watch() starts the thread.
    std::lock_guard lock(mutex_);
    stopped_ = true;
    thread_.wake();
  }
  thread_.join();
  std::lock_guard lock(mutex_);
  // What has ended by now is no zombie for that.
  for (const auto& [id, watched] : watched_)
    if (watched.reap)
      (void)reapProcess(id, watched.pidfd.get());
  watched_.clear();
}

} // namespace banger
