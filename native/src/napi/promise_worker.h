#pragma once

#include "napi/decode.h"
#include "napi/error.h"
#include "napi/job.h"
#include "napi/state.h"
#include "netns/netns.h"

#include <functional>
#include <optional>

namespace banger {

// Runs `work` on a thread of the executor and settles a promise with what it returns; of a twin (napi/twin.h)
// on this thread, and returns or throws that itself. `work` sees no JS value: it captures decoded ones.
template <class T> class PromiseWorker final : public Job {
public:
  using Work = std::function<Result<T>()>;
  using Convert = std::function<Napi::Value(Napi::Env, T&)>;

  static Napi::Value run(Napi::Env env, Work work, Convert convert) {
    if (stateOf(env).atOnce)
      return runAtOnce(env, work, convert);
    return start(env, std::unique_ptr<Job>(
                          new PromiseWorker(stateOf(env).netns, std::move(work), std::move(convert))));
  }

  bool execute() override {
    NetnsScope scope(netns_);
    result_.emplace(work_());
    return result_->ok();
  }

  Napi::Value value(Napi::Env env) override {
    if (!result_->ok())
      throw toJsError(env, result_->error());
    return convert_(env, result_->value());
  }

private:
  static Napi::Value runAtOnce(Napi::Env env, const Work& work, const Convert& convert) {
    NetnsScope scope(stateOf(env).netns);
    Result<T> result = work();
    if (!result.ok())
      throw toJsError(env, result.error());
    return convert(env, result.value());
  }

  PromiseWorker(std::string netns, Work work, Convert convert)
      : work_(std::move(work)), convert_(std::move(convert)), netns_(std::move(netns)) {}

  Work work_;
  Convert convert_;
  std::string netns_; // the call's own: the environment's changes with the next call
  std::optional<Result<T>> result_;
};

inline Napi::Value undefinedOf(Napi::Env env, Unit&) {
  return env.Undefined();
}

inline Napi::Value runStatus(Napi::Env env, std::function<Status()> work) {
  return PromiseWorker<Unit>::run(env, std::move(work), undefinedOf);
}

// (argument: string) => Promise<T>: of an operation that is told no more than the name of what it is about.
template <class T>
Napi::Value runNamed(const Napi::CallbackInfo& info, const char* argument,
                     Result<T> (*operation)(const std::string&), typename PromiseWorker<T>::Convert convert) {
  auto name = decodeString(info[0], argument);
  return PromiseWorker<T>::run(
      info.Env(), [operation, name] { return operation(name); }, std::move(convert));
}

} // namespace banger
