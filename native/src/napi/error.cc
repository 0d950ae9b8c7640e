#include "napi/error.h"

#include <cstring>

namespace banger {

Napi::Error toJsError(Napi::Env env, const SysError& error) {
  auto result = Napi::Error::New(env, error.syscall + " " + error.object + ": " + std::strerror(error.err));
  result.Set("errno", Napi::Number::New(env, -error.err));
  result.Set("syscall", Napi::String::New(env, error.syscall));
  result.Set("object", Napi::String::New(env, error.object));
  result.Set("detail", Napi::String::New(env, error.detail));
  return result;
}

} // namespace banger
