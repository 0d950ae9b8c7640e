#include "napi/bindings/link_to_js.h"

#include "napi/bindings/net.h"

namespace banger {

using namespace netlink;

namespace {

Napi::Value flag(Napi::Env env, uint32_t value) {
  return Napi::Boolean::New(env, value != 0);
}

Napi::Value tunToJs(Napi::Env env, const TunData& tun) {
  return rowOf(env, {orNull(env, tun.owner), orNull(env, tun.group), flag(env, tun.persist),
                     flag(env, tun.vnetHeader), flag(env, tun.multiQueue)});
}

Napi::Value portToJs(Napi::Env env, const BridgePort& port) {
  return rowOf(env, {flag(env, port.isolated), Napi::Number::New(env, port.state)});
}

Napi::Value statsToJs(Napi::Env env, const LinkStats& stats) {
  auto count = [&](uint64_t value) { return Napi::BigInt::New(env, value); };
  return rowOf(env, {count(stats.rxBytes), count(stats.txBytes), count(stats.rxPackets),
                     count(stats.txPackets), count(stats.rxErrors), count(stats.txErrors),
                     count(stats.rxDropped), count(stats.txDropped)});
}

} // namespace

Napi::Value linkToJs(Napi::Env env, Link& link) {
  auto number = [&](uint32_t value) { return Napi::Number::New(env, value); };
  return rowOf(env, {
                        Napi::String::New(env, link.name),
                        Napi::Number::New(env, link.index),
                        Napi::String::New(env, link.mac),
                        number(link.mtu),
                        Napi::Boolean::New(env, link.up),
                        number(link.operState),
                        number(link.group),
                        orNull(env, link.kind),
                        orNull(env, link.masterIndex),
                        orNull(env, link.peerIndex),
                        link.addressMode ? Napi::Value(number(*link.addressMode)) : env.Null(),
                        link.tun ? tunToJs(env, *link.tun) : env.Null(),
                        link.bridgeStp ? flag(env, *link.bridgeStp) : env.Null(),
                        link.port ? portToJs(env, *link.port) : env.Null(),
                        statsToJs(env, link.stats),
                    });
}

} // namespace banger
