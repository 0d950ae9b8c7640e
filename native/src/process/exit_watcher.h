// One thread that waits for the end of any number of processes: an epoll of their pidfds. Reaps what is our
// child.
#pragma once

#include "sys/result.h"
#include "sys/unique_fd.h"
#include "sys/watch_thread.h"

#include <cstdint>
#include <functional>
#include <mutex>
#include <unordered_map>

namespace banger {

struct ProcessEnd {
  uint64_t id = 0;
  bool reaped = false; // else there is no status
  int code = -1;       // exit status, or -1
  int signal = 0;      // signal number, or 0
};

class ExitWatcher {
public:
  // `onEnd` is called on the watcher's thread.
  explicit ExitWatcher(std::function<void(const ProcessEnd&)> onEnd);
  ~ExitWatcher();
  ExitWatcher(const ExitWatcher&) = delete;
  ExitWatcher& operator=(const ExitWatcher&) = delete;

  // Takes the pidfd (on failure it stays with the caller); `onEnd` gets `id` once. `reap` is for children
  // that we started: a child of somebody else in this process (libuv's) must keep its status. The thread
  // starts with the first watch.
  Status watch(uint64_t id, UniqueFd& pidfd, bool reap);

  // Ends the thread for good: a later watch is ECANCELED. Processes that are watched live on, unreaped.
  void stop();

private:
  Status prepare(int wake);
  void run();
  void collect(uint64_t id);

  std::function<void(const ProcessEnd&)> onEnd_;
  std::mutex mutex_;
  struct Watched {
    UniqueFd pidfd;
    bool reap;
  };
  std::unordered_map<uint64_t, Watched> watched_;
  UniqueFd epoll_;
  WatchThread thread_;
  bool stopped_ = false;
};

} // namespace banger
