#include "napi/exit_notifier.h"

namespace banger {
namespace {

std::vector<napi_value> toJs(Napi::Env env, const ProcessEnd& end) {
  return {Napi::BigInt::New(env, end.id), Napi::Boolean::New(env, end.reaped),
          Napi::Number::New(env, end.code), Napi::Number::New(env, end.signal)};
}

} // namespace

ExitNotifier::ExitNotifier(Napi::Env env, Napi::Function onEnd) : Notifier(env, onEnd, "banger.exit", toJs) {}

} // namespace banger
