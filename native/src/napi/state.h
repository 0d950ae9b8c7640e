#pragma once

#include "napi/executor.h"
#include "napi/job.h"

#include <napi.h>
#include <string>

namespace banger {

// What belongs to one environment; a worker thread has one of its own. Node ends it with the environment.
struct AddonState {
  explicit AddonState(Napi::Env env) : executor(env) {}

  Executor executor;
  // The network namespace that the calls made at this moment are for; empty: the process's own.
  std::string netns;
  // Where the operations that are started at this moment are collected; null: each goes by itself.
  Jobs* sequence = nullptr;
  // Whether the operation that is started at this moment is done at once, on this thread: napi/twin.h.
  bool atOnce = false;
};

inline AddonState& stateOf(Napi::Env env) {
  return *env.GetInstanceData<AddonState>();
}

} // namespace banger
