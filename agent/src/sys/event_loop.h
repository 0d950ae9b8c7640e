#pragma once

#include "sys/unique_fd.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <unordered_map>
#include <vector>

namespace banger {

/** epoll, timers and deferred calls, on one thread. */
class EventLoop {
public:
  using FdHandler = std::function<void(uint32_t events)>;
  using Task = std::function<void()>;
  using Clock = std::chrono::steady_clock;
  using TimerId = std::pair<Clock::time_point, uint64_t>;

  EventLoop();

  /** Calls `handler` with the events of `fd`. False (errno set) for what epoll cannot watch: regular files.
   */
  bool watch(int fd, uint32_t events, FdHandler handler);
  void change(int fd, uint32_t events);
  /** Must come before close(). No event of the batch at hand reaches the handler any more. */
  void unwatch(int fd);

  TimerId after(std::chrono::milliseconds delay, Task task);
  void cancel(const TimerId& timer);

  /** Runs `task` once the events of this round are handled, before waiting again. */
  void defer(Task task);

  /** Until stop(). */
  void run();
  void stop() { running_ = false; }

private:
  struct Watch {
    int fd;
    FdHandler handler;
  };

  int wait_milliseconds() const;
  void run_timers();
  void run_deferred();

  UniqueFd epoll_;
  // Watches are found by a number of their own, never by descriptor: one that was closed and opened again in
  // the same round must not get the old one's events.
  std::unordered_map<uint64_t, std::shared_ptr<Watch>> watches_;
  std::unordered_map<int, uint64_t> by_fd_;
  std::map<TimerId, Task> timers_;
  std::vector<Task> deferred_;
  uint64_t next_id_ = 1;
  bool running_ = false;
};

} // namespace banger
