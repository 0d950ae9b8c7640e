// Arguments are checked and decoded, all of them, before anything is acquired. A wrong type is a TypeError
// naming the argument.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <napi.h>
#include <optional>
#include <string>

namespace banger {

// Refuses a NUL inside: the kernel would see a shorter string than the caller.
std::string decodeString(Napi::Value value, const char* name);
bool decodeBoolean(Napi::Value value, const char* name);
uint32_t decodeUint32(Napi::Value value, const char* name); // refuses fractions and what does not fit
// A uid or gid; refuses 2^32-1, which setresuid(2) and chown(2) take for "as it is".
uint32_t decodeId(Napi::Value value, const char* name);
uint64_t decodeUint64(Napi::Value value, const char* name); // BigInt only
Napi::Object decodeObject(Napi::Value value, const char* name);
void decodeEach(Napi::Value value, const char* name, const std::function<void(Napi::Value)>& each);

// A Uint8Array of exactly N bytes.
template <size_t N> std::array<uint8_t, N> decodeBytes(Napi::Value value, const char* name) {
  std::array<uint8_t, N> bytes{};
  auto fits = value.IsTypedArray() && value.As<Napi::TypedArray>().TypedArrayType() == napi_uint8_array &&
              value.As<Napi::TypedArray>().ByteLength() == N;
  if (!fits)
    throw Napi::TypeError::New(value.Env(), std::string(name) + " must be " + std::to_string(N) + " bytes");
  const uint8_t* data = value.As<Napi::Uint8Array>().Data();
  std::copy(data, data + N, bytes.begin());
  return bytes;
}

// Undefined and null are nothing.
template <class Decode>
auto optionalValue(Napi::Value value, const char* name, Decode decode)
    -> std::optional<decltype(decode(Napi::Value(), name))> {
  if (value.IsUndefined() || value.IsNull())
    return std::nullopt;
  return decode(value, name);
}

// A field that may be missing.
template <class Decode> auto optionalField(Napi::Object object, const char* name, Decode decode) {
  return optionalValue(object.Get(name), name, decode);
}

} // namespace banger
