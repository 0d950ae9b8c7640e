#include "sys/event_loop.h"

#include <algorithm>
#include <cerrno>
#include <sys/epoll.h>

namespace banger {

EventLoop::EventLoop() : epoll_(::epoll_create1(EPOLL_CLOEXEC)) {}

bool EventLoop::watch(int fd, uint32_t events, FdHandler handler) {
  const uint64_t id = next_id_++;
  epoll_event event{.events = events, .data = {.u64 = id}};
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) < 0)
    return false;
  watches_[id] = std::make_shared<Watch>(Watch{fd, std::move(handler)});
  by_fd_[fd] = id;
  return true;
}

void EventLoop::change(int fd, uint32_t events) {
  const auto found = by_fd_.find(fd);
  if (found == by_fd_.end())
    return;
  epoll_event event{.events = events, .data = {.u64 = found->second}};
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event);
}

void EventLoop::unwatch(int fd) {
  const auto found = by_fd_.find(fd);
  if (found == by_fd_.end())
    return;
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
  watches_.erase(found->second);
  by_fd_.erase(found);
}

EventLoop::TimerId EventLoop::after(std::chrono::milliseconds delay, Task task) {
  const TimerId id{Clock::now() + delay, next_id_++};
  timers_.emplace(id, std::move(task));
  return id;
}

void EventLoop::cancel(const TimerId& timer) {
  timers_.erase(timer);
}

void EventLoop::defer(Task task) {
  deferred_.push_back(std::move(task));
}

int EventLoop::wait_milliseconds() const {
  if (!deferred_.empty())
    return 0;
  if (timers_.empty())
    return -1;
  const auto left = timers_.begin()->first.first - Clock::now();
  // Rounded up: rounded down, the last millisecond would be spent spinning.
  const auto milliseconds = std::chrono::ceil<std::chrono::milliseconds>(left).count();
  return static_cast<int>(std::clamp<int64_t>(milliseconds, 0, 60'000));
}

void EventLoop::run_timers() {
  const auto now = Clock::now();
  while (!timers_.empty() && timers_.begin()->first.first <= now) {
    auto node = timers_.extract(timers_.begin());
    node.mapped()();
  }
}

void EventLoop::run_deferred() {
  std::vector<Task> tasks;
  tasks.swap(deferred_);
  for (Task& task : tasks)
    task();
}

void EventLoop::run() {
  running_ = true;
  epoll_event events[64];
  while (running_) {
    const int count = ::epoll_wait(epoll_.get(), events, std::size(events), wait_milliseconds());
    if (count < 0 && errno != EINTR)
      return;
    for (int index = 0; index < count; ++index) {
      const auto found = watches_.find(events[index].data.u64);
      if (found == watches_.end())
        continue;
      const std::shared_ptr<Watch> watch = found->second; // outlives an unwatch() from within
      watch->handler(events[index].events);
    }
    run_timers();
    run_deferred();
  }
}

} // namespace banger
