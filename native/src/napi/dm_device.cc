#include "napi/dm_device.h"

namespace banger {

Napi::Object deviceToJs(Napi::Env env, const dm::Device& device) {
  auto object = Napi::Object::New(env);
  object.Set("name", device.name);
  object.Set("uuid", device.uuid);
  object.Set("major", Napi::Number::New(env, device.major));
  object.Set("minor", Napi::Number::New(env, device.minor));
  object.Set("openCount", Napi::Number::New(env, device.openCount));
  object.Set("eventNumber", Napi::Number::New(env, device.eventNumber));
  object.Set("readOnly", Napi::Boolean::New(env, device.readOnly));
  object.Set("suspended", Napi::Boolean::New(env, device.suspended));
  object.Set("active", Napi::Boolean::New(env, device.active));
  object.Set("deferredRemove", Napi::Boolean::New(env, device.deferredRemove));
  return object;
}

} // namespace banger
