#include "napi/bindings/bindings.h"

#include "napi/bindings/net.h"
#include "tun/tap.h"

namespace banger {
namespace {

// (name: string, ...settings: NativeTapSettings) => Promise<void>
template <Status (*change)(const std::string&, const TapSettings&)>
Napi::Value changeJs(const Napi::CallbackInfo& info) {
  auto name = decodeString(info[0], "name");
  TapSettings settings;
  settings.owner = optionalValue(info[1], "ownerUid", decodeId);
  settings.group = optionalValue(info[2], "groupGid", decodeId);
  settings.mac = optionalValue(info[3], "mac", decodeBytes<6>);
  settings.offloads = optionalValue(info[4], "offloads", decodeUint32);
  if (auto bytes = optionalValue(info[5], "vnetHeaderBytes", decodeUint32))
    settings.vnetHeaderBytes = static_cast<int>(std::min<uint32_t>(*bytes, INT32_MAX));
  return runNet(info.Env(), [name, settings] { return change(name, settings); });
}

// (name: string, persistent: boolean) => Promise<void>
Napi::Value setPersistentJs(const Napi::CallbackInfo& info) {
  auto name = decodeString(info[0], "name");
  bool persistent = decodeBoolean(info[1], "persistent");
  return runNet(info.Env(), [name, persistent] { return setTapPersistent(name, persistent); });
}

Napi::Value stateToJs(Napi::Env env, TapState& state) {
  auto object = Napi::Object::New(env);
  object.Set("vnetHeaderBytes", Napi::Number::New(env, state.vnetHeaderBytes));
  object.Set("checksumOffload", Napi::Boolean::New(env, state.checksumOffload));
  object.Set("segmentationOffload", Napi::Boolean::New(env, state.segmentationOffload));
  return object;
}

// (name: string) => Promise<TapState>
Napi::Value inspectJs(const Napi::CallbackInfo& info) {
  auto name = decodeString(info[0], "name");
  return runNet<TapState>(
      info.Env(), [name] { return inspectTap(name); }, stateToJs);
}

} // namespace

void bindTap(Napi::Env env, Napi::Object exports) {
  exports.Set("tapCreate", Napi::Function::New<changeJs<createTap>>(env, "tapCreate"));
  exports.Set("tapConfigure", Napi::Function::New<changeJs<configureTap>>(env, "tapConfigure"));
  exports.Set("tapSetPersistent", Napi::Function::New<setPersistentJs>(env, "tapSetPersistent"));
  exports.Set("tapInspect", Napi::Function::New<inspectJs>(env, "tapInspect"));
}

} // namespace banger
