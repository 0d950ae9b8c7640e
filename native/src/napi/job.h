// Work for libuv's pool, one after another in one go: each hop to a thread of the pool and back costs more
// than most system calls.
#pragma once

#include <memory>
#include <napi.h>
#include <vector>

namespace banger {

// One operation: `execute` sees no JS value, the others run on the main thread.
class Job {
public:
  virtual ~Job() = default;
  // Whether it succeeded: after one that did not, those behind it are not begun.
  virtual bool execute() = 0;
  virtual void settle(Napi::Env env) = 0;
  virtual void refuse(const Napi::Error& error) = 0;
};

using Jobs = std::vector<std::unique_ptr<Job>>;

// Queues it, or appends it to the sequence that is collected at this moment.
void start(Napi::Env env, const char* name, std::unique_ptr<Job> job);

// (call: () => T) => T; what `call` starts is one sequence. ECANCELED for what was not begun.
Napi::Value inOneGo(const Napi::CallbackInfo& info);

} // namespace banger
