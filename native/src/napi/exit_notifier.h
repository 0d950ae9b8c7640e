#pragma once

#include "process/exit_watcher.h"

#include <memory>
#include <napi.h>

namespace banger {

// The environment's one ExitWatcher, and the way back to the main thread. Lives as instance data, so there is
// no global.
class ExitNotifier {
public:
  // `onEnd(id: bigint, reaped: boolean, code: number, signal: number)` is called on the main thread.
  ExitNotifier(Napi::Env env, Napi::Function onEnd);
  ~ExitNotifier();

  Status watch(uint64_t id, UniqueFd& pidfd, bool reap) { return watcher_.watch(id, pidfd, reap); }
  // Whether a wait that is under way keeps the event loop alive.
  void setRef(Napi::Env env, bool on);
  // Ends the thread. Idempotent; also run when the environment is torn down.
  void close();

private:
  static void cleanUp(void* self);

  napi_env env_;
  Napi::ThreadSafeFunction callback_;
  ExitWatcher watcher_;
  bool open_ = true;
};

} // namespace banger
