#include "napi/bindings/bindings.h"

#include "loop/loop.h"
#include "napi/decode.h"
#include "napi/promise_worker.h"

namespace banger {
namespace {

// () => Promise<number>
Napi::Value getFree(const Napi::CallbackInfo& info) {
  return PromiseWorker<uint32_t>::run(
      info.Env(), loopGetFree,
      [](Napi::Env env, uint32_t& index) -> Napi::Value { return Napi::Number::New(env, index); });
}

// ({ device, backingFile, name, readOnly, directIo, autoclear, offsetBytes, sizeLimitBytes, blockSize }) =>
// Promise<void>
Napi::Value configure(const Napi::CallbackInfo& info) {
  auto spec = decodeObject(info[0], "spec");
  LoopConfig config;
  config.device = decodeString(spec.Get("device"), "device");
  config.backingFile = decodeString(spec.Get("backingFile"), "backingFile");
  config.name = decodeString(spec.Get("name"), "name");
  config.readOnly = decodeBoolean(spec.Get("readOnly"), "readOnly");
  config.directIo = decodeBoolean(spec.Get("directIo"), "directIo");
  config.autoclear = decodeBoolean(spec.Get("autoclear"), "autoclear");
  config.offsetBytes = decodeUint64(spec.Get("offsetBytes"), "offsetBytes");
  config.sizeLimitBytes = decodeUint64(spec.Get("sizeLimitBytes"), "sizeLimitBytes");
  config.blockSize = decodeUint32(spec.Get("blockSize"), "blockSize");
  return runStatus(info.Env(), [config] { return loopConfigure(config); });
}

Napi::Value toJs(Napi::Env env, LoopStatus& status) {
  auto object = Napi::Object::New(env);
  object.Set("index", Napi::Number::New(env, status.index));
  object.Set("name", Napi::String::New(env, status.name));
  object.Set("backingInode", Napi::BigInt::New(env, status.backingInode));
  object.Set("backingDevice", Napi::BigInt::New(env, status.backingDevice));
  object.Set("offsetBytes", Napi::BigInt::New(env, status.offsetBytes));
  object.Set("sizeLimitBytes", Napi::BigInt::New(env, status.sizeLimitBytes));
  object.Set("sizeBytes", Napi::BigInt::New(env, status.sizeBytes));
  object.Set("blockSize", Napi::Number::New(env, status.blockSize));
  object.Set("readOnly", Napi::Boolean::New(env, status.readOnly));
  object.Set("autoclear", Napi::Boolean::New(env, status.autoclear));
  object.Set("directIo", Napi::Boolean::New(env, status.directIo));
  return object;
}

// (device: string) => Promise<LoopStatus>
Napi::Value status(const Napi::CallbackInfo& info) {
  return runNamed<LoopStatus>(info, "device", loopStatus, toJs);
}

// (device: string) => Promise<void>
template <Status (*operation)(const std::string&)> Napi::Value onDevice(const Napi::CallbackInfo& info) {
  return runNamed<Unit>(info, "device", operation, undefinedOf);
}

// (device: string, on: boolean) => Promise<void>
Napi::Value setDirectIo(const Napi::CallbackInfo& info) {
  auto device = decodeString(info[0], "device");
  bool on = decodeBoolean(info[1], "on");
  return runStatus(info.Env(), [device, on] { return loopSetDirectIo(device, on); });
}

} // namespace

void bindLoop(Napi::Env env, Napi::Object exports) {
  exports.Set("loopGetFree", Napi::Function::New<getFree>(env, "loopGetFree"));
  exports.Set("loopConfigure", Napi::Function::New<configure>(env, "loopConfigure"));
  exports.Set("loopStatus", Napi::Function::New<status>(env, "loopStatus"));
  exports.Set("loopClear", Napi::Function::New<onDevice<loopClear>>(env, "loopClear"));
  exports.Set("loopSetCapacity", Napi::Function::New<onDevice<loopSetCapacity>>(env, "loopSetCapacity"));
  exports.Set("loopSetDirectIo", Napi::Function::New<setDirectIo>(env, "loopSetDirectIo"));
}

} // namespace banger
