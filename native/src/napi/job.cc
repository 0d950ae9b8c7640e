#include "napi/job.h"

#include "napi/error.h"
#include "napi/state.h"
#include "netlink/socket.h"

#include <utility>

namespace banger {
namespace {

constexpr const char* kResource = "banger.sequence";

class JobWorker final : public Napi::AsyncWorker {
public:
  JobWorker(Napi::Env env, const char* name, Jobs jobs) : AsyncWorker(env, name), jobs_(std::move(jobs)) {}

protected:
  void Execute() override {
    netlink::RouteSocketScope socket;
    while (begun_ < jobs_.size() && jobs_[begun_++]->execute()) {
    }
  }

  void OnOK() override {
    for (size_t i = 0; i < jobs_.size(); ++i) {
      Napi::HandleScope scope(Env());
      if (i < begun_)
        jobs_[i]->settle(Env());
      else
        jobs_[i]->refuse(
            toJsError(Env(), {ECANCELED, "call", {}, "an operation that goes before this one failed"}));
    }
  }

  void OnError(const Napi::Error& error) override {
    for (auto& job : jobs_)
      job->refuse(error);
  }

private:
  Jobs jobs_;
  size_t begun_ = 0;
};

void queue(Napi::Env env, const char* name, Jobs jobs) {
  if (!jobs.empty())
    (new JobWorker(env, name, std::move(jobs)))->Queue(); // deletes itself
}

} // namespace

void start(Napi::Env env, const char* name, std::unique_ptr<Job> job) {
  if (Jobs* sequence = stateOf(env).sequence) {
    sequence->push_back(std::move(job));
    return;
  }
  Jobs jobs;
  jobs.push_back(std::move(job));
  queue(env, name, std::move(jobs));
}

Napi::Value inOneGo(const Napi::CallbackInfo& info) {
  if (!info[0].IsFunction())
    throw Napi::TypeError::New(info.Env(), "call must be a function");
  Jobs jobs;
  AddonState& state = stateOf(info.Env());
  Jobs* outer = std::exchange(state.sequence, &jobs);
  Napi::Value result;
  try {
    result = info[0].As<Napi::Function>().Call({});
  } catch (const Napi::Error&) {
    // What it has started by then is done, as it would be by itself.
    state.sequence = outer;
    queue(info.Env(), kResource, std::move(jobs));
    throw;
  }
  state.sequence = outer;
  queue(info.Env(), kResource, std::move(jobs));
  return result;
}

} // namespace banger
