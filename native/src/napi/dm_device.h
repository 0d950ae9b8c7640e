#pragma once

#include "dm/codec.h"

#include <napi.h>

namespace banger {

// { name, uuid, major, minor, openCount, eventNumber, readOnly, suspended, active, deferredRemove }
Napi::Object deviceToJs(Napi::Env env, const dm::Device& device);

} // namespace banger
