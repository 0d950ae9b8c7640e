#include "init/timer_check.h"

#include <cstdint>
#include <ctime>
#include <sched.h>
#include <sys/timerfd.h>
#include <unistd.h>

namespace banger {

TimerCheck::TimerCheck() : timer_(::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)) {
  const itimerspec soon{.it_interval = {}, .it_value = {.tv_sec = 0, .tv_nsec = 1'000'000}};
  if (timer_ && ::timerfd_settime(timer_.get(), 0, &soon, nullptr) < 0)
    timer_.reset();
}

bool TimerCheck::went_off(std::chrono::milliseconds patience) const {
  // Of a kernel that is built without them nothing is known.
  if (!timer_)
    return true;
  const auto deadline = std::chrono::steady_clock::now() + patience;
  uint64_t times = 0;
  while (::read(timer_.get(), &times, sizeof times) < 0) {
    if (std::chrono::steady_clock::now() >= deadline)
      return false;
    ::sched_yield();
  }
  return true;
}

} // namespace banger
