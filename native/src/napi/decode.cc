#include "napi/decode.h"

#include <cmath>
#include <limits>

namespace banger {
namespace {

Napi::TypeError mustBe(Napi::Env env, const char* name, const char* what) {
  return Napi::TypeError::New(env, std::string(name) + " must be " + what);
}

} // namespace

std::string decodeString(Napi::Value value, const char* name) {
  if (!value.IsString())
    throw mustBe(value.Env(), name, "a string");
  std::string text = value.As<Napi::String>().Utf8Value();
  if (text.find('\0') != std::string::npos)
    throw mustBe(value.Env(), name, "without a NUL character");
  return text;
}

bool decodeBoolean(Napi::Value value, const char* name) {
  if (!value.IsBoolean())
    throw mustBe(value.Env(), name, "a boolean");
  return value.As<Napi::Boolean>().Value();
}

uint32_t decodeUint32(Napi::Value value, const char* name) {
  double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : -1;
  if (!(number >= 0 && number <= std::numeric_limits<uint32_t>::max()) || std::trunc(number) != number)
    throw mustBe(value.Env(), name, "an unsigned 32-bit integer");
  return static_cast<uint32_t>(number);
}

uint32_t decodeId(Napi::Value value, const char* name) {
  uint32_t id = decodeUint32(value, name);
  if (id == std::numeric_limits<uint32_t>::max())
    throw mustBe(value.Env(), name, "a user's or group's number");
  return id;
}

uint64_t decodeUint64(Napi::Value value, const char* name) {
  bool lossless = false;
  uint64_t number = value.IsBigInt() ? value.As<Napi::BigInt>().Uint64Value(&lossless) : 0;
  if (!lossless)
    throw mustBe(value.Env(), name, "an unsigned 64-bit BigInt");
  return number;
}

Napi::Object decodeObject(Napi::Value value, const char* name) {
  if (!value.IsObject())
    throw mustBe(value.Env(), name, "an object");
  return value.As<Napi::Object>();
}

void decodeEach(Napi::Value value, const char* name, const std::function<void(Napi::Value)>& each) {
  if (!value.IsArray())
    throw mustBe(value.Env(), name, "an array");
  auto array = value.As<Napi::Array>();
  for (uint32_t i = 0; i < array.Length(); ++i) {
    Napi::HandleScope scope(value.Env());
    each(array.Get(i));
  }
}

} // namespace banger
