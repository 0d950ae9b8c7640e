#include "napi/bindings/bindings.h"
#include "napi/job.h"
#include "napi/state.h"

// binding.gyp does not know them: then the addon says so.
#ifndef BANGER_VERSION
#define BANGER_VERSION ""
#define BANGER_COMMIT ""
#define BANGER_BUILD_TIME ""
#endif

static Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  env.SetInstanceData(new banger::AddonState(env));
  exports.Set("sync", Napi::Object::New(env));
  banger::bindClone(env, exports);
  banger::bindDm(env, exports);
  banger::bindDmEvents(env, exports);
  banger::bindFile(env, exports);
  banger::bindIp(env, exports);
  banger::bindLink(env, exports);
  banger::bindLoop(env, exports);
  banger::bindNetns(env, exports);
  banger::bindNft(env, exports);
  banger::bindProcess(env, exports);
  banger::bindTap(env, exports);
  exports.Set("inOneGo", Napi::Function::New<banger::inOneGo>(env, "inOneGo"));

  auto build = Napi::Object::New(env);
  build.Set("version", BANGER_VERSION);
  build.Set("commit", BANGER_COMMIT);
  build.Set("time", BANGER_BUILD_TIME);
  exports.Set("build", build);
  return exports;
}

NODE_API_MODULE(banger, initialise)
