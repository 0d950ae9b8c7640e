// What the bindings of links, addresses, routes and TAPs share.
#pragma once

#include "napi/decode.h"
#include "napi/list.h"
#include "napi/promise_worker.h"
#include "netlink/rtnl/ip.h"

namespace banger {

netlink::Ip decodeIp(Napi::Value value, const char* name);   // a Uint8Array of 4 or 16 bytes
uint8_t decodeIpFamily(Napi::Value value, const char* name); // 4 or 6, as AF_INET or AF_INET6
// Two fields of an object.
netlink::IpPrefix decodePrefix(Napi::Object object, const char* address, const char* bits);
Napi::Value ipToJs(Napi::Env env, const netlink::Ip& ip);

inline Napi::Value orNull(Napi::Env env, const std::optional<uint32_t>& value) {
  return value ? Napi::Value(Napi::Number::New(env, *value)) : env.Null();
}

inline Napi::Value orNull(Napi::Env env, const std::optional<netlink::Ip>& value) {
  return value ? ipToJs(env, *value) : env.Null();
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
