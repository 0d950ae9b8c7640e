#include "napi/bindings/bindings.h"

#include "napi/decode.h"
#include "napi/promise_worker.h"
#include "tun/tap.h"

namespace banger {
namespace {

// (name: string, ownerUid: number, mac: Uint8Array | null) => Promise<void>
Napi::Value create(const Napi::CallbackInfo& info) {
  TapSpec spec;
  spec.name = decodeString(info[0], "name");
  spec.owner = decodeUint32(info[1], "ownerUid");
  if (!info[2].IsNull())
    spec.mac = decodeBytes<6>(info[2], "mac");
  return runStatus(info.Env(), "banger.tap", [spec] { return createTap(spec); });
}

} // namespace

void bindTap(Napi::Env env, Napi::Object exports) {
  exports.Set("tapCreate", Napi::Function::New<create>(env, "tapCreate"));
}

} // namespace banger
