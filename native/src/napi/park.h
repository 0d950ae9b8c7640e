#pragma once

#include <condition_variable>
#include <cstring>
#include <mutex>
#include <sched.h>
#include <unistd.h>
#include <utility>

namespace banger {

// Where a thread waits until another one wakes it.
class Park {
public:
  enum class Place {
    Any,      // where the kernel thinks best
    Elsewhere // not on the waker's CPU, if there is another
  };

  // The thread's own, before anybody may wake it.
  void open() {
    thread_ = ::gettid();
    online_ = ::sysconf(_SC_NPROCESSORS_ONLN);
  }

  void wait() {
    std::unique_lock lock(mutex_);
    woken_.wait(lock, [this] { return isWoken_; });
    isWoken_ = false;
    // Only to begin with: from now on it may be moved to any CPU that the waker may use, and what it starts
    // too.
    if (std::exchange(isPlaced_, false))
      (void)::sched_setaffinity(0, sizeof allowed_, &allowed_);
  }

  void wake(Place place) {
    {
      std::unique_lock lock(mutex_);
      isPlaced_ = place == Place::Elsewhere && keepOffThisCpu();
      isWoken_ = true;
    }
    woken_.notify_one();
  }

private:
  // https://man7.org/linux/man-pages/man2/sched_setaffinity.2.html
  bool keepOffThisCpu() {
    int own = ::sched_getcpu();
    // Fails where the kernel is for more processors than CPU_SETSIZE.
    if (own < 0 || ::sched_getaffinity(0, sizeof allowed_, &allowed_) < 0 || CPU_COUNT(&allowed_) < 2)
      return false;
    cpu_set_t others = allowed_;
    CPU_CLR(static_cast<size_t>(own), &others);
    // All that there are: also those to come.
    if (CPU_COUNT(&allowed_) >= online_)
      std::memset(&allowed_, 0xff, sizeof allowed_);
    return ::sched_setaffinity(thread_, sizeof others, &others) == 0;
  }

  pid_t thread_ = 0;
  long online_ = 0;
  std::mutex mutex_; // of all below
  std::condition_variable woken_;
  bool isWoken_ = false;
  bool isPlaced_ = false;
  cpu_set_t allowed_{};
};

} // namespace banger
