#pragma once

#include <napi.h>

#include <cstdint>
#include <vector>

namespace banger {

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
