#include "napi/job.h"

#include "napi/error.h"
#include "napi/state.h"
#include "netlink/socket.h"

#include <exception>
#include <optional>
#include <utility>

namespace banger {
namespace {

// What has so many operations takes longer than another CPU needs to wake: a copy, a new link, a device of
// device-mapper.
constexpr size_t kMany = 3;

class JobTask final : public Task {
public:
  JobTask(Napi::Env env, Jobs jobs, bool isSequence)
      : jobs_(std::move(jobs)), isSequence_(isSequence), deferred_(Napi::Promise::Deferred::New(env)) {}

  Napi::Value promise() const { return deferred_.Promise(); }

  void execute() override {
    netlink::RouteSocketScope socket;
    try {
      for (auto& job : jobs_)
        if (!job->execute())
          return;
    } catch (const std::exception& error) { // no memory: what leaves a thread ends the process
      thrown_ = error.what();
    }
  }

  void settle(Napi::Env env) override {
    size_t done = 0;
    try {
      if (thrown_)
        throw Napi::Error::New(env, *thrown_);
      Napi::Value value = isSequence_ ? valuesUpTo(env, done) : jobs_.front()->value(env);
      deferred_.Resolve(value);
    } catch (const Napi::Error& error) {
      if (isSequence_)
        error.Value().Set("done", Napi::Number::New(env, static_cast<double>(done)));
      deferred_.Reject(error.Value());
    }
  }

private:
  // `done` is how many have given theirs, also when this throws.
  Napi::Value valuesUpTo(Napi::Env env, size_t& done) {
    auto values = Napi::Array::New(env, jobs_.size());
    for (; done < jobs_.size(); ++done) {
      Napi::HandleScope scope(env);
      values.Set(static_cast<uint32_t>(done), jobs_[done]->value(env));
    }
    return values;
  }

  Jobs jobs_;
  bool isSequence_;
  std::optional<std::string> thrown_;
  Napi::Promise::Deferred deferred_;
};

Napi::Value queue(Napi::Env env, Jobs jobs, bool isSequence) {
  auto start = jobs.size() >= kMany ? Executor::Start::AtOnce : Executor::Start::AfterTurn;
  auto task = std::make_unique<JobTask>(env, std::move(jobs), isSequence);
  Napi::Value promise = task->promise();
  auto submitted = stateOf(env).executor.submit(std::move(task), start);
  if (!submitted)
    throw toJsError(env, submitted.error());
  return promise;
}

} // namespace

Napi::Value start(Napi::Env env, std::unique_ptr<Job> job) {
  if (Jobs* sequence = stateOf(env).sequence) {
    sequence->push_back(std::move(job));
    return env.Undefined();
  }
  Jobs jobs;
  jobs.push_back(std::move(job));
  return queue(env, std::move(jobs), false);
}

Napi::Value inOneGo(const Napi::CallbackInfo& info) {
  if (!info[0].IsFunction())
    throw Napi::TypeError::New(info.Env(), "call must be a function");
  struct Collect {
    AddonState& state;
    Jobs* outer;
    ~Collect() { state.sequence = outer; }
  };
  Jobs jobs;
  {
    AddonState& state = stateOf(info.Env());
    Collect collect{state, std::exchange(state.sequence, &jobs)};
    info[0].As<Napi::Function>().Call({});
  }
  return queue(info.Env(), std::move(jobs), true);
}

} // namespace banger
