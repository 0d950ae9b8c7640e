#include "napi/bindings/link_to_js.h"

#include "napi/bindings/net.h"

namespace banger {

using namespace netlink;

namespace {

Napi::Value tunToJs(Napi::Env env, const TunData& tun) {
  auto object = Napi::Object::New(env);
  object.Set("ownerUid", orNull(env, tun.owner));
  object.Set("groupGid", orNull(env, tun.group));
  object.Set("persist", Napi::Boolean::New(env, tun.persist != 0));
  object.Set("vnetHeader", Napi::Boolean::New(env, tun.vnetHeader != 0));
  object.Set("multiQueue", Napi::Boolean::New(env, tun.multiQueue != 0));
  return object;
}

Napi::Value portToJs(Napi::Env env, const BridgePort& port) {
  auto object = Napi::Object::New(env);
  object.Set("isolated", Napi::Boolean::New(env, port.isolated != 0));
  object.Set("state", Napi::Number::New(env, port.state));
  return object;
}

void setStats(Napi::Env env, Napi::Object object, const LinkStats& stats) {
  const std::pair<const char*, uint64_t> counters[] = {
      {"rxBytes", stats.rxBytes},     {"txBytes", stats.txBytes},     {"rxPackets", stats.rxPackets},
      {"txPackets", stats.txPackets}, {"rxErrors", stats.rxErrors},   {"txErrors", stats.txErrors},
      {"rxDropped", stats.rxDropped}, {"txDropped", stats.txDropped},
  };
  for (const auto& [name, value] : counters)
    object.Set(name, Napi::BigInt::New(env, value));
}

} // namespace

Napi::Value linkToJs(Napi::Env env, Link& link) {
  auto object = Napi::Object::New(env);
  object.Set("name", link.name);
  object.Set("index", Napi::Number::New(env, link.index));
  object.Set("mac", link.mac);
  object.Set("mtu", Napi::Number::New(env, link.mtu));
  object.Set("up", Napi::Boolean::New(env, link.up));
  object.Set("operState", Napi::Number::New(env, link.operState));
  object.Set("group", Napi::Number::New(env, link.group));
  object.Set("kind", link.kind.empty() ? env.Null() : Napi::Value(Napi::String::New(env, link.kind)));
  object.Set("masterIndex", orNull(env, link.masterIndex));
  object.Set("peerIndex", orNull(env, link.peerIndex));
  object.Set("addressMode",
             link.addressMode ? Napi::Value(Napi::Number::New(env, *link.addressMode)) : env.Null());
  object.Set("tun", link.tun ? tunToJs(env, *link.tun) : env.Null());
  object.Set("stp", link.bridgeStp ? Napi::Value(Napi::Boolean::New(env, *link.bridgeStp != 0)) : env.Null());
  object.Set("port", link.port ? portToJs(env, *link.port) : env.Null());
  setStats(env, object, link.stats);
  return object;
}

} // namespace banger
