// What the bindings of links, addresses, routes and TAPs share.
#pragma once

#include "napi/decode.h"
#include "napi/list.h"
#include "napi/promise_worker.h"
#include "netlink/rtnl/ip.h"

namespace banger {

netlink::Ip decodeIp(Napi::Value value, const char* name);   // a Uint8Array of 4 or 16 bytes
uint8_t decodeIpFamily(Napi::Value value, const char* name); // 4 or 6, as AF_INET or AF_INET6
netlink::IpPrefix decodePrefix(Napi::Value address, Napi::Value bits);

inline Napi::Value ipToJs(Napi::Env env, const netlink::Ip& ip) {
  return bytesToJs(env, ip.span());
}

inline Napi::Value orNull(Napi::Env env, const std::optional<uint32_t>& value) {
  return value ? Napi::Value(Napi::Number::New(env, *value)) : env.Null();
}

inline Napi::Value orNull(Napi::Env env, const std::optional<netlink::Ip>& value) {
  return value ? ipToJs(env, *value) : env.Null();
}

inline Napi::Value orNull(Napi::Env env, const std::optional<netlink::Mac>& value) {
  return value ? bytesToJs(env, *value) : env.Null();
}

// An empty text is none.
inline Napi::Value orNull(Napi::Env env, const std::string& value) {
  return value.empty() ? env.Null() : Napi::Value(Napi::String::New(env, value));
}

template <class T>
Napi::Value runNet(Napi::Env env, typename PromiseWorker<T>::Work work,
                   typename PromiseWorker<T>::Convert convert) {
  return PromiseWorker<T>::run(env, std::move(work), std::move(convert));
}

inline Napi::Value runNet(Napi::Env env, std::function<Status()> work) {
  return runStatus(env, std::move(work));
}

} // namespace banger
