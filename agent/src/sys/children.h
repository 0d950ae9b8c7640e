#pragma once

#include "sys/event_loop.h"

#include <functional>
#include <sys/types.h>
#include <unordered_map>

namespace banger {

/** Waits for this process's children by SIGCHLD. Make it before the first fork: it blocks the signal. */
class Children {
public:
  /** `status` is wait(2)'s. */
  using OnExit = std::function<void(int status)>;

  explicit Children(EventLoop& loop);

  void expect(pid_t pid, OnExit on_exit);

  /** Runs `body` in a forked child (its result is the exit status) and `on_exit` here when it has ended.
   * False if fork failed. */
  bool run(const std::function<int()>& body, OnExit on_exit);

  /** What a forked child must do before it runs anything else: signals as a new program expects them. */
  static void reset_signals();

private:
  void reap();

  EventLoop& loop_;
  UniqueFd signals_;
  std::unordered_map<pid_t, OnExit> expected_;
};

} // namespace banger
