#pragma once

#include <napi.h>

#include <cstdint>
#include <vector>

namespace banger {

// An array of values that differ. What crosses often is one of these: each property that is set by its name
// costs a string and a search, ten times an element.
class Row {
public:
  Row(Napi::Env env, size_t size) : array_(Napi::Array::New(env, size)) {}

  void add(Napi::Value value) { array_.Set(size_++, value); }
  Napi::Value value() const { return array_; }

private:
  Napi::Array array_;
  uint32_t size_ = 0;
};

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
