#include "napi/bindings/bindings.h"

#include "napi/bindings/net.h"
#include "netlink/rtnl/address.h"
#include "netlink/rtnl/neighbour.h"
#include "netlink/rtnl/route.h"
#include "netns/device_socket.h"

namespace banger {
namespace {

using namespace netlink;

template <class T> T decodeSmall(Napi::Object object, const char* name) {
  uint32_t number = decodeUint32(object.Get(name), name);
  if (number > std::numeric_limits<T>::max())
    throw Napi::RangeError::New(object.Env(), std::string(name) + " is too large");
  return static_cast<T>(number);
}

Napi::Value nameOrNull(Napi::Env env, const std::string& name) {
  return name.empty() ? env.Null() : Napi::Value(Napi::String::New(env, name));
}

Napi::Value addressToJs(Napi::Env env, LinkAddress& address) {
  auto object = Napi::Object::New(env);
  object.Set("linkName", nameOrNull(env, address.linkName));
  object.Set("address", ipToJs(env, address.prefix.address));
  object.Set("bits", Napi::Number::New(env, address.prefix.bits));
  object.Set("peer", orNull(env, address.peer));
  object.Set("scope", Napi::Number::New(env, address.scope));
  object.Set("flags", Napi::Number::New(env, address.flags));
  return object;
}

Napi::Value routeToJs(Napi::Env env, Route& route) {
  auto object = Napi::Object::New(env);
  object.Set("address", ipToJs(env, route.destination.address));
  object.Set("bits", Napi::Number::New(env, route.destination.bits));
  object.Set("linkName", nameOrNull(env, route.linkName));
  object.Set("source", orNull(env, route.source));
  object.Set("gateway", orNull(env, route.gateway));
  object.Set("table", Napi::Number::New(env, route.table));
  object.Set("metric", Napi::Number::New(env, route.metric));
  object.Set("scope", Napi::Number::New(env, route.scope));
  object.Set("type", Napi::Number::New(env, route.type));
  object.Set("protocol", Napi::Number::New(env, route.protocol));
  object.Set("onLink", Napi::Boolean::New(env, route.onLink));
  return object;
}

Napi::Value neighbourToJs(Napi::Env env, Neighbour& neighbour) {
  auto object = Napi::Object::New(env);
  object.Set("linkName", nameOrNull(env, neighbour.linkName));
  object.Set("address", ipToJs(env, neighbour.address));
  object.Set("state", Napi::Number::New(env, neighbour.state));
  if (!neighbour.mac) {
    object.Set("mac", env.Null());
    return object;
  }
  auto mac = Napi::Uint8Array::New(env, neighbour.mac->size());
  std::copy(neighbour.mac->begin(), neighbour.mac->end(), mac.Data());
  object.Set("mac", mac);
  return object;
}

LinkAddress addressFrom(Napi::Object object) {
  return {decodeUint32(object.Get("linkIndex"), "linkIndex"),
          decodePrefix(object, "address", "bits"),
          optionalField(object, "peer", decodeIp),
          decodeSmall<uint8_t>(object, "scope"),
          decodeUint32(object.Get("flags"), "flags"),
          {}};
}

Route routeFrom(Napi::Object object) {
  Route route;
  route.destination = decodePrefix(object, "address", "bits");
  route.linkIndex = decodeUint32(object.Get("linkIndex"), "linkIndex");
  route.source = optionalField(object, "source", decodeIp);
  route.gateway = optionalField(object, "gateway", decodeIp);
  route.table = decodeUint32(object.Get("table"), "table");
  route.metric = decodeUint32(object.Get("metric"), "metric");
  route.scope = decodeSmall<uint8_t>(object, "scope");
  route.type = decodeSmall<uint8_t>(object, "type");
  route.protocol = decodeSmall<uint8_t>(object, "protocol");
  route.onLink = decodeBoolean(object.Get("onLink"), "onLink");
  return route;
}

Neighbour neighbourFrom(Napi::Object object) {
  return {decodeUint32(object.Get("linkIndex"), "linkIndex"),
          decodeIp(object.Get("address"), "address"),
          optionalField(object, "mac", decodeBytes<6>),
          decodeSmall<uint16_t>(object, "state"),
          {}};
}

// (item: T, object: string) => Promise<void>. With `item.linkName` its linkIndex is looked up in the same go.
template <class T, T (*from)(Napi::Object), Status (*change)(const T&, const std::string&)>
Napi::Value changeJs(const Napi::CallbackInfo& info) {
  Napi::Object given = decodeObject(info[0], "item");
  T item = from(given);
  auto linkName = optionalField(given, "linkName", decodeString);
  auto object = decodeString(info[1], "object");
  return runNet(info.Env(), [item, linkName, object]() mutable -> Status {
    if (linkName) {
      auto index = linkIndexOf(*linkName);
      if (!index)
        return index.error();
      item.linkIndex = index.value();
    }
    return change(item, object);
  });
}

// (family: 4 | 6) => Promise<T[]>
template <class T, Result<std::vector<T>> (*dump)(uint8_t), Napi::Value (*convert)(Napi::Env, T&)>
Napi::Value dumpJs(const Napi::CallbackInfo& info) {
  uint8_t family = decodeIpFamily(info[0], "family");
  return runNet<std::vector<T>>(
      info.Env(), [family] { return dump(family); }, listToJs<T, convert>);
}

// (family: 4 | 6, table: number) => Promise<Route[]>
Napi::Value routeDumpJs(const Napi::CallbackInfo& info) {
  uint8_t family = decodeIpFamily(info[0], "family");
  uint32_t table = decodeUint32(info[1], "table");
  return runNet<std::vector<Route>>(
      info.Env(), [family, table] { return routeDump(family, table); }, listToJs<Route, routeToJs>);
}

} // namespace

void bindIp(Napi::Env env, Napi::Object exports) {
  auto bind = [&](const char* name, Napi::Function function) { exports.Set(name, function); };
  bind("addressAdd", Napi::Function::New<changeJs<LinkAddress, addressFrom, addressAdd>>(env));
  bind("addressDelete", Napi::Function::New<changeJs<LinkAddress, addressFrom, addressDelete>>(env));
  bind("addressDump", Napi::Function::New<dumpJs<LinkAddress, addressDump, addressToJs>>(env));
  bind("routeAdd", Napi::Function::New<changeJs<Route, routeFrom, routeAdd>>(env));
  bind("routeReplace", Napi::Function::New<changeJs<Route, routeFrom, routeReplace>>(env));
  bind("routeDelete", Napi::Function::New<changeJs<Route, routeFrom, routeDelete>>(env));
  bind("routeDump", Napi::Function::New<routeDumpJs>(env));
  bind("neighbourSet", Napi::Function::New<changeJs<Neighbour, neighbourFrom, neighbourSet>>(env));
  bind("neighbourDelete", Napi::Function::New<changeJs<Neighbour, neighbourFrom, neighbourDelete>>(env));
  bind("neighbourDump", Napi::Function::New<dumpJs<Neighbour, neighbourDump, neighbourToJs>>(env));
}

} // namespace banger
