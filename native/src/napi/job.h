// Work for a thread, one after another in one go: each hop to a thread and back costs more than most system
// calls.
#pragma once

#include <memory>
#include <napi.h>
#include <vector>

namespace banger {

// One operation: `execute` sees no JS value, `value` runs on the main thread.
class Job {
public:
  virtual ~Job() = default;
  // Whether it succeeded: after one that did not, those behind it are not begun.
  virtual bool execute() = 0;
  // What it gave; throws its error. After `execute`.
  virtual Napi::Value value(Napi::Env env) = 0;
};

using Jobs = std::vector<std::unique_ptr<Job>>;

// Queues it and gives its promise, or appends it to the sequence that is collected at this moment: undefined.
Napi::Value start(Napi::Env env, std::unique_ptr<Job> job);

// (call: () => unknown) => Promise<unknown[]>; what `call` starts is one sequence. Rejects with the error of
// the first that failed, whose `done` is how many were done before it. None is begun where `call` throws.
Napi::Value inOneGo(const Napi::CallbackInfo& info);

} // namespace banger
