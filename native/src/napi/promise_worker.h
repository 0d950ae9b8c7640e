#pragma once

#include "napi/decode.h"
#include "napi/error.h"
#include "napi/job.h"
#include "napi/state.h"
#include "netns/netns.h"

#include <functional>
#include <optional>

namespace banger {

// Runs `work` on libuv's pool and settles a promise with what it returns; of a twin (napi/twin.h) on this
// thread, and returns or throws that itself. `work` sees no JS value: it captures decoded ones.
template <class T> class PromiseWorker final : public Job {
public:
  using Work = std::function<Result<T>()>;
  using Convert = std::function<Napi::Value(Napi::Env, T&)>;

  static Napi::Value run(Napi::Env env, const char* name, Work work, Convert convert) {
    if (stateOf(env).atOnce)
      return runAtOnce(env, work, convert);
    std::unique_ptr<PromiseWorker> worker(new PromiseWorker(env, std::move(work), std::move(convert)));
    auto promise = worker->deferred_.Promise();
    start(env, name, std::move(worker));
    return promise;
  }

  bool execute() override {
    NetnsScope scope(netns_);
    result_.emplace(work_());
    return result_->ok();
  }

  void settle(Napi::Env env) override {
    if (!result_->ok()) {
      deferred_.Reject(toJsError(env, result_->error()).Value());
      return;
    }
    try {
      deferred_.Resolve(convert_(env, result_->value()));
    } catch (const Napi::Error& error) {
      deferred_.Reject(error.Value());
    }
  }

  void refuse(const Napi::Error& error) override { deferred_.Reject(error.Value()); }

private:
  static Napi::Value runAtOnce(Napi::Env env, const Work& work, const Convert& convert) {
    NetnsScope scope(stateOf(env).netns);
    Result<T> result = work();
    if (!result.ok())
      throw toJsError(env, result.error());
    return convert(env, result.value());
  }

  PromiseWorker(Napi::Env env, Work work, Convert convert)
      : deferred_(Napi::Promise::Deferred::New(env)), work_(std::move(work)), convert_(std::move(convert)),
        netns_(stateOf(env).netns) {}

  Napi::Promise::Deferred deferred_;
  Work work_;
  Convert convert_;
  std::string netns_; // the call's own: the environment's changes with the next call
  std::optional<Result<T>> result_;
};

inline Napi::Value undefinedOf(Napi::Env env, Unit&) {
  return env.Undefined();
}

inline Napi::Value runStatus(Napi::Env env, const char* name, std::function<Status()> work) {
  return PromiseWorker<Unit>::run(env, name, std::move(work), undefinedOf);
}

// (argument: string) => Promise<T>: of an operation that is told no more than the name of what it is about.
template <class T>
Napi::Value runNamed(const Napi::CallbackInfo& info, const char* resource, const char* argument,
                     Result<T> (*operation)(const std::string&), typename PromiseWorker<T>::Convert convert) {
  auto name = decodeString(info[0], argument);
  return PromiseWorker<T>::run(
      info.Env(), resource, [operation, name] { return operation(name); }, std::move(convert));
}

} // namespace banger
