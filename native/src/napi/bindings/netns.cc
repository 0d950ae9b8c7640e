#include "netns/netns.h"

#include "napi/bindings/bindings.h"
#include "napi/decode.h"
#include "napi/promise_worker.h"
#include "napi/state.h"
#include "napi/twin.h"
#include "netns/sysctl.h"

namespace banger {
namespace {

// (path: string) => Promise<void>
template <Status (*operation)(const std::string&)> Napi::Value onPath(const Napi::CallbackInfo& info) {
  auto path = decodeString(info[0], "path");
  return runStatus(info.Env(), [path] { return operation(path); });
}

// (path: string, call: () => T) => T; the operations that `call` starts are for that namespace
Napi::Value call(const Napi::CallbackInfo& info) {
  auto path = decodeString(info[0], "path");
  if (!info[1].IsFunction())
    throw Napi::TypeError::New(info.Env(), "call must be a function");
  struct Restore {
    AddonState& state;
    std::string outer;
    ~Restore() { state.netns = std::move(outer); }
  };
  AddonState& state = stateOf(info.Env());
  Restore restore{state, std::exchange(state.netns, path)};
  return info[1].As<Napi::Function>().Call({});
}

// Only what is per network namespace: this is no door to all files.
std::string decodeSysctl(Napi::Value value) {
  auto path = decodeString(value, "path");
  if (path.rfind("/proc/sys/net/", 0) != 0 || path.find("/..") != std::string::npos)
    throw Napi::TypeError::New(value.Env(), "path must be a file of /proc/sys/net");
  return path;
}

// (path: string, value: string) => Promise<void>
Napi::Value writeSysctl(const Napi::CallbackInfo& info) {
  auto path = decodeSysctl(info[0]);
  auto value = decodeString(info[1], "value");
  return runStatus(info.Env(), [path, value] { return sysctlWrite(path, value); });
}

// (path: string) => Promise<string>
Napi::Value readSysctl(const Napi::CallbackInfo& info) {
  auto path = decodeSysctl(info[0]);
  return PromiseWorker<std::string>::run(
      info.Env(), [path] { return sysctlRead(path); },
      [](Napi::Env env, std::string& text) -> Napi::Value { return Napi::String::New(env, text); });
}

} // namespace

void bindNetns(Napi::Env env, Napi::Object exports) {
  exports.Set("netnsShareDirectory",
              Napi::Function::New<onPath<netnsShareDirectory>>(env, "netnsShareDirectory"));
  exports.Set("netnsBind", Napi::Function::New<onPath<netnsBind>>(env, "netnsBind"));
  exports.Set("netnsUnbind", Napi::Function::New<onPath<netnsUnbind>>(env, "netnsUnbind"));
  exports.Set("netnsCall", Napi::Function::New<call>(env, "netnsCall"));
  exports.Set("sysctlWrite", Napi::Function::New<writeSysctl>(env, "sysctlWrite"));
  setTwins<readSysctl>(env, exports, "sysctlRead");
}

} // namespace banger
