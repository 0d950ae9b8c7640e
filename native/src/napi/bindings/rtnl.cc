#include "napi/bindings/bindings.h"

#include "napi/decode.h"
#include "napi/promise_worker.h"
#include "netlink/rtnl/address.h"
#include "netlink/rtnl/link.h"
#include "netlink/rtnl/neighbour.h"
#include "netlink/rtnl/route.h"

namespace banger {
namespace {

using namespace netlink;
constexpr const char* kResource = "banger.rtnl";

Napi::Value bytesOf(Napi::Env env, const Ipv4& address) {
  auto bytes = Napi::Uint8Array::New(env, address.size());
  std::copy(address.begin(), address.end(), bytes.Data());
  return bytes;
}

Napi::Value orNull(Napi::Env env, const std::optional<Ipv4>& address) {
  return address ? bytesOf(env, *address) : env.Null();
}

Ipv4Prefix decodePrefix(Napi::Value address, Napi::Value bits) {
  uint32_t length = decodeUint32(bits, "prefixLength");
  if (length > 32)
    throw Napi::RangeError::New(bits.Env(), "prefixLength must be at most 32");
  return {decodeBytes<4>(address, "address"), static_cast<uint8_t>(length)};
}

template <class T, Napi::Value (*convert)(Napi::Env, T&)>
Napi::Value listOf(Napi::Env env, std::vector<T>& items) {
  auto array = Napi::Array::New(env, items.size());
  for (uint32_t i = 0; i < items.size(); ++i) {
    Napi::HandleScope scope(env);
    array.Set(i, convert(env, items[i]));
  }
  return array;
}

Napi::Value linkToJs(Napi::Env env, Link& link) {
  auto object = Napi::Object::New(env);
  object.Set("name", link.name);
  object.Set("index", Napi::Number::New(env, link.index));
  object.Set("mac", link.mac);
  object.Set("mtu", Napi::Number::New(env, link.mtu));
  object.Set("up", Napi::Boolean::New(env, link.up));
  object.Set("kind", link.kind.empty() ? env.Null() : Napi::Value(Napi::String::New(env, link.kind)));
  object.Set("rxBytes", Napi::BigInt::New(env, link.rxBytes));
  object.Set("txBytes", Napi::BigInt::New(env, link.txBytes));
  return object;
}

Napi::Value addressToJs(Napi::Env env, LinkAddress& address) {
  auto object = Napi::Object::New(env);
  object.Set("linkIndex", Napi::Number::New(env, address.linkIndex));
  object.Set("address", bytesOf(env, address.prefix.address));
  object.Set("prefixLength", Napi::Number::New(env, address.prefix.bits));
  return object;
}

Napi::Value routeToJs(Napi::Env env, Route& route) {
  auto object = Napi::Object::New(env);
  object.Set("address", bytesOf(env, route.destination.address));
  object.Set("prefixLength", Napi::Number::New(env, route.destination.bits));
  object.Set("linkIndex", Napi::Number::New(env, route.linkIndex));
  object.Set("source", orNull(env, route.source));
  object.Set("gateway", orNull(env, route.gateway));
  return object;
}

// (name: string) => Promise<Link>
Napi::Value linkGetJs(const Napi::CallbackInfo& info) {
  auto name = decodeString(info[0], "name");
  return PromiseWorker<Link>::run(
      info.Env(), kResource, [name] { return linkGet(name); }, linkToJs);
}

// () => Promise<T[]>
template <class T, Result<std::vector<T>> (*dump)(), Napi::Value (*convert)(Napi::Env, T&)>
Napi::Value dumpJs(const Napi::CallbackInfo& info) {
  return PromiseWorker<std::vector<T>>::run(info.Env(), kResource, dump, listOf<T, convert>);
}

// (name: string, up: boolean) => Promise<void>
Napi::Value linkSetUpJs(const Napi::CallbackInfo& info) {
  auto name = decodeString(info[0], "name");
  bool up = decodeBoolean(info[1], "up");
  return runStatus(info.Env(), kResource, [name, up] { return linkSetUp(name, up); });
}

// (name: string, kind: string) => Promise<void>
Napi::Value linkCreateJs(const Napi::CallbackInfo& info) {
  auto name = decodeString(info[0], "name");
  auto kind = decodeString(info[1], "kind");
  return runStatus(info.Env(), kResource, [name, kind] { return linkCreate(name, kind); });
}

// (name: string) => Promise<void>
Napi::Value linkDeleteJs(const Napi::CallbackInfo& info) {
  auto name = decodeString(info[0], "name");
  return runStatus(info.Env(), kResource, [name] { return linkDelete(name); });
}

// (linkIndex: number, address: Uint8Array, prefixLength: number, object: string) => Promise<void>
Napi::Value addressAddJs(const Napi::CallbackInfo& info) {
  LinkAddress address{decodeUint32(info[0], "linkIndex"), decodePrefix(info[1], info[2])};
  auto object = decodeString(info[3], "object");
  return runStatus(info.Env(), kResource, [address, object] { return addressAdd(address, object); });
}

// (linkIndex: number, address: Uint8Array, prefixLength: number, source: Uint8Array | null, object: string)
// => Promise<void>
template <Status (*change)(const Route&, const std::string&)>
Napi::Value routeJs(const Napi::CallbackInfo& info) {
  Route route;
  route.linkIndex = decodeUint32(info[0], "linkIndex");
  route.destination = decodePrefix(info[1], info[2]);
  if (!info[3].IsNull())
    route.source = decodeBytes<4>(info[3], "source");
  auto object = decodeString(info[4], "object");
  return runStatus(info.Env(), kResource, [route, object] { return change(route, object); });
}

// (linkIndex: number, address: Uint8Array, mac: Uint8Array, object: string) => Promise<void>
Napi::Value neighbourSetJs(const Napi::CallbackInfo& info) {
  Neighbour neighbour{decodeUint32(info[0], "linkIndex"), decodeBytes<4>(info[1], "address"),
                      decodeBytes<6>(info[2], "mac")};
  auto object = decodeString(info[3], "object");
  return runStatus(info.Env(), kResource, [neighbour, object] { return neighbourSet(neighbour, object); });
}

} // namespace

void bindRtnl(Napi::Env env, Napi::Object exports) {
  exports.Set("linkGet", Napi::Function::New<linkGetJs>(env, "linkGet"));
  exports.Set("linkDump", Napi::Function::New<dumpJs<Link, linkDump, linkToJs>>(env, "linkDump"));
  exports.Set("linkSetUp", Napi::Function::New<linkSetUpJs>(env, "linkSetUp"));
  exports.Set("linkCreate", Napi::Function::New<linkCreateJs>(env, "linkCreate"));
  exports.Set("linkDelete", Napi::Function::New<linkDeleteJs>(env, "linkDelete"));
  exports.Set("addressAdd", Napi::Function::New<addressAddJs>(env, "addressAdd"));
  exports.Set("addressDump",
              Napi::Function::New<dumpJs<LinkAddress, addressDump, addressToJs>>(env, "addressDump"));
  exports.Set("routeAdd", Napi::Function::New<routeJs<routeAdd>>(env, "routeAdd"));
  exports.Set("routeDelete", Napi::Function::New<routeJs<routeDelete>>(env, "routeDelete"));
  exports.Set("routeDump", Napi::Function::New<dumpJs<Route, routeDump, routeToJs>>(env, "routeDump"));
  exports.Set("neighbourSet", Napi::Function::New<neighbourSetJs>(env, "neighbourSet"));
}

} // namespace banger
