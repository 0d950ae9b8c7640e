#include "napi/job.h"

#include "napi/state.h"
#include "netlink/socket.h"

#include <utility>

namespace banger {
namespace {

constexpr const char* kResource = "banger.sequence";

class JobWorker final : public Napi::AsyncWorker {
public:
  JobWorker(Napi::Env env, const char* name, Jobs jobs, bool isSequence)
      : AsyncWorker(env, name), jobs_(std::move(jobs)), isSequence_(isSequence),
        deferred_(Napi::Promise::Deferred::New(env)) {}

  Napi::Value promise() const { return deferred_.Promise(); }

protected:
  void Execute() override {
    netlink::RouteSocketScope socket;
    for (auto& job : jobs_)
      if (!job->execute())
        return;
  }

  void OnOK() override {
    size_t done = 0;
    try {
      Napi::Value value = isSequence_ ? valuesUpTo(done) : jobs_.front()->value(Env());
      deferred_.Resolve(value);
    } catch (const Napi::Error& error) {
      if (isSequence_)
        error.Value().Set("done", Napi::Number::New(Env(), static_cast<double>(done)));
      deferred_.Reject(error.Value());
    }
  }

  void OnError(const Napi::Error& error) override { deferred_.Reject(error.Value()); }

private:
  // `done` is how many have given theirs, also when this throws.
  Napi::Value valuesUpTo(size_t& done) {
    auto values = Napi::Array::New(Env(), jobs_.size());
    for (; done < jobs_.size(); ++done) {
      Napi::HandleScope scope(Env());
      values.Set(static_cast<uint32_t>(done), jobs_[done]->value(Env()));
    }
    return values;
  }

  Jobs jobs_;
  bool isSequence_;
  Napi::Promise::Deferred deferred_;
};

Napi::Value queue(Napi::Env env, const char* name, Jobs jobs, bool isSequence) {
  auto* worker = new JobWorker(env, name, std::move(jobs), isSequence); // deletes itself
  Napi::Value promise = worker->promise();
  worker->Queue();
  return promise;
}

} // namespace

Napi::Value start(Napi::Env env, const char* name, std::unique_ptr<Job> job) {
  if (Jobs* sequence = stateOf(env).sequence) {
    sequence->push_back(std::move(job));
    return env.Undefined();
  }
  Jobs jobs;
  jobs.push_back(std::move(job));
  return queue(env, name, std::move(jobs), false);
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
  return queue(info.Env(), kResource, std::move(jobs), true);
}

} // namespace banger
