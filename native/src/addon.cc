#include "napi/bindings/bindings.h"

static Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  banger::bindClone(env, exports);
  banger::bindLoop(env, exports);
  banger::bindProcess(env, exports);
  banger::bindRtnl(env, exports);
  banger::bindTap(env, exports);
  return exports;
}

NODE_API_MODULE(banger, initialise)
