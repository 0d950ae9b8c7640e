#pragma once

#include "napi/notifier.h"
#include "process/exit_watcher.h"

namespace banger {

class ExitNotifier : public Notifier<ExitWatcher, ProcessEnd> {
public:
  // `onEnd(id: bigint, reaped: boolean, code: number, signal: number)` is called on the main thread.
  ExitNotifier(Napi::Env env, Napi::Function onEnd);

  Status watch(uint64_t id, UniqueFd& pidfd, bool reap) { return watcher().watch(id, pidfd, reap); }
};

} // namespace banger
