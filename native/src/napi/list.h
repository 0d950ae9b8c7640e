#pragma once

#include <napi.h>

#include <algorithm>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <vector>

namespace banger {

// An array of values that differ. What crosses often is one of these (ADR 20).
inline Napi::Value rowOf(Napi::Env env, std::initializer_list<Napi::Value> values) {
  auto row = Napi::Array::New(env, values.size());
  uint32_t place = 0;
  for (Napi::Value value : values)
    row.Set(place++, value);
  return row;
}

inline Napi::Value bytesToJs(Napi::Env env, std::span<const uint8_t> bytes) {
  auto array = Napi::Uint8Array::New(env, bytes.size());
  std::copy(bytes.begin(), bytes.end(), array.Data());
  return array;
}

template <class T, Napi::Value (*convert)(Napi::Env, T&)>
Napi::Value listToJs(Napi::Env env, std::vector<T>& items) {
  auto array = Napi::Array::New(env, items.size());
  for (uint32_t i = 0; i < items.size(); ++i) {
    Napi::HandleScope scope(env);
    array.Set(i, convert(env, items[i]));
  }
  return array;
}

} // namespace banger
