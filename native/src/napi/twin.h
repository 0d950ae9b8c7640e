#pragma once

#include "napi/state.h"

#include <utility>

namespace banger {

// A binding, done on the caller's thread before it returns. Its arguments are strings and numbers, so that
// no JS is run while the state says so.
template <Napi::Value (*binding)(const Napi::CallbackInfo&)>
Napi::Value atOnce(const Napi::CallbackInfo& info) {
  struct Restore {
    AddonState& state;
    bool outer;
    ~Restore() { state.atOnce = outer; }
  };
  AddonState& state = stateOf(info.Env());
  Restore restore{state, std::exchange(state.atOnce, true)};
  return binding(info);
}

// Of an operation that cannot wait: `exports.name` returns a promise, `exports.sync.name` the value.
template <Napi::Value (*binding)(const Napi::CallbackInfo&)>
void setTwins(Napi::Env env, Napi::Object exports, const char* name) {
  exports.Set(name, Napi::Function::New<binding>(env, name));
  exports.Get("sync").As<Napi::Object>().Set(name, Napi::Function::New<atOnce<binding>>(env, name));
}

} // namespace banger
