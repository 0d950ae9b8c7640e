#include "napi/bindings/link_to_js.h"

#include "napi/bindings/net.h"

namespace banger {

using namespace netlink;

namespace {

Napi::Value textOrNull(Napi::Env env, const std::string& text) {
  return text.empty() ? env.Null() : Napi::Value(Napi::String::New(env, text));
}

Napi::Value tunToJs(Napi::Env env, const TunData& tun) {
  Row row(env, 5);
  row.add(orNull(env, tun.owner));
  row.add(orNull(env, tun.group));
  for (uint8_t flag : {tun.persist, tun.vnetHeader, tun.multiQueue})
    row.add(Napi::Boolean::New(env, flag != 0));
  return row.value();
}

Napi::Value portToJs(Napi::Env env, const BridgePort& port) {
  Row row(env, 2);
  row.add(Napi::Boolean::New(env, port.isolated != 0));
  row.add(Napi::Number::New(env, port.state));
  return row.value();
}

Napi::Value statsToJs(Napi::Env env, const LinkStats& stats) {
  Row row(env, 8);
  for (uint64_t counter : {stats.rxBytes, stats.txBytes, stats.rxPackets, stats.txPackets, stats.rxErrors,
                           stats.txErrors, stats.rxDropped, stats.txDropped})
    row.add(Napi::BigInt::New(env, counter));
  return row.value();
}

} // namespace

Napi::Value linkToJs(Napi::Env env, Link& link) {
  Row row(env, 15);
  row.add(Napi::String::New(env, link.name));
  row.add(Napi::Number::New(env, link.index));
  row.add(Napi::String::New(env, link.mac));
  row.add(Napi::Number::New(env, link.mtu));
  row.add(Napi::Boolean::New(env, link.up));
  row.add(Napi::Number::New(env, link.operState));
  row.add(Napi::Number::New(env, link.group));
  row.add(textOrNull(env, link.kind));
  row.add(orNull(env, link.masterIndex));
  row.add(orNull(env, link.peerIndex));
  row.add(link.addressMode ? Napi::Value(Napi::Number::New(env, *link.addressMode)) : env.Null());
  row.add(link.tun ? tunToJs(env, *link.tun) : env.Null());
  row.add(link.bridgeStp ? Napi::Value(Napi::Boolean::New(env, *link.bridgeStp != 0)) : env.Null());
  row.add(link.port ? portToJs(env, *link.port) : env.Null());
  row.add(statsToJs(env, link.stats));
  return row.value();
}

} // namespace banger
