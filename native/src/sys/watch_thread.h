#pragma once

#include "sys/result.h"
#include "sys/thread.h"
#include "sys/unique_fd.h"

#include <functional>
#include <sys/eventfd.h>
#include <thread>

namespace banger {

// The one thread of a watcher, and the eventfd that wakes it. Not itself safe against calls at once: the
// watcher's lock is, under which all but join() are called.
class WatchThread {
public:
  // Unless it runs already. `prepare` gets the eventfd before there is a thread.
  Status start(const std::function<Status(int wake)>& prepare, std::function<void()> run) {
    if (isRunning())
      return Unit{};
    UniqueFd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!wake)
      return lastError("eventfd");
    auto prepared = prepare(wake.get());
    if (!prepared)
      return prepared;
    wake_ = std::move(wake);
    auto thread = startThread(std::move(run));
    if (!thread)
      return thread.error();
    thread_ = std::move(thread.value());
    return Unit{};
  }

  bool isRunning() const { return thread_.joinable(); }
  int wakeFd() const { return wake_.get(); }

  void wake() const {
    uint64_t one = 1;
    while (isRunning() && ::write(wake_.get(), &one, sizeof one) < 0 && errno == EINTR) {
    }
  }

  // The thread's: what has woken it so far does not wake it again.
  void wasWoken() const {
    uint64_t ignored;
    while (::read(wake_.get(), &ignored, sizeof ignored) < 0 && errno == EINTR) {
    }
  }

  void join() {
    if (isRunning())
      thread_.join();
  }

private:
  UniqueFd wake_;
  std::thread thread_;
};

} // namespace banger
