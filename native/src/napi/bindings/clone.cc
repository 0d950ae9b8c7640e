#include "napi/bindings/bindings.h"

#include "clone/clone.h"
#include "napi/decode.h"
#include "napi/promise_worker.h"

namespace banger {
namespace {

using Cloner = Result<uint64_t> (*)(const std::string&, const std::string&);

// (source: string, target: string) => Promise<bigint>
template <Cloner clone> Napi::Value run(const Napi::CallbackInfo& info) {
  auto source = decodeString(info[0], "source");
  auto target = decodeString(info[1], "target");
  return PromiseWorker<uint64_t>::run(
      info.Env(), "banger.clone", [source, target] { return clone(source, target); },
      [](Napi::Env env, uint64_t& bytes) -> Napi::Value { return Napi::BigInt::New(env, bytes); });
}

} // namespace

void bindClone(Napi::Env env, Napi::Object exports) {
  exports.Set("reflinkFile", Napi::Function::New<run<reflinkFile>>(env, "reflinkFile"));
  exports.Set("copySparse", Napi::Function::New<run<copySparse>>(env, "copySparse"));
}

} // namespace banger
