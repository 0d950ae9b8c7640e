#include "napi/bindings/bindings.h"

#include "napi/bindings/net.h"
#include "netlink/rtnl/address.h"
#include "netlink/rtnl/neighbour.h"
#include "netlink/rtnl/route.h"
#include "netns/device_socket.h"

namespace banger {
namespace {

using namespace netlink;

template <class T> T decodeSmall(Napi::Value value, const char* name) {
  uint32_t number = decodeUint32(value, name);
  if (number > std::numeric_limits<T>::max())
    throw Napi::RangeError::New(value.Env(), std::string(name) + " is too large");
  return static_cast<T>(number);
}

Napi::Value nameOrNull(Napi::Env env, const std::string& name) {
  return name.empty() ? env.Null() : Napi::Value(Napi::String::New(env, name));
}

Napi::Value addressToJs(Napi::Env env, LinkAddress& address) {
  Row row(env, 6);
  row.add(nameOrNull(env, address.linkName));
  row.add(ipToJs(env, address.prefix.address));
  row.add(Napi::Number::New(env, address.prefix.bits));
  row.add(orNull(env, address.peer));
  row.add(Napi::Number::New(env, address.scope));
  row.add(Napi::Number::New(env, address.flags));
  return row.value();
}

Napi::Value routeToJs(Napi::Env env, Route& route) {
  Row row(env, 11);
  row.add(nameOrNull(env, route.linkName));
  row.add(ipToJs(env, route.destination.address));
  row.add(Napi::Number::New(env, route.destination.bits));
  row.add(orNull(env, route.source));
  row.add(orNull(env, route.gateway));
  for (uint32_t number :
       {route.table, route.metric, uint32_t{route.scope}, uint32_t{route.type}, uint32_t{route.protocol}})
    row.add(Napi::Number::New(env, number));
  row.add(Napi::Boolean::New(env, route.onLink));
  return row.value();
}

Napi::Value neighbourToJs(Napi::Env env, Neighbour& neighbour) {
  Row row(env, 4);
  row.add(nameOrNull(env, neighbour.linkName));
  row.add(ipToJs(env, neighbour.address));
  if (neighbour.mac)
    row.add(bytesToJs(env, *neighbour.mac));
  else
    row.add(env.Null());
  row.add(Napi::Number::New(env, neighbour.state));
  return row.value();
}

LinkAddress addressFrom(const Napi::CallbackInfo& info) {
  return {0,
          decodePrefix(info[1], "address", info[2], "bits"),
          optionalValue(info[3], "peer", decodeIp),
          decodeSmall<uint8_t>(info[4], "scope"),
          decodeUint32(info[5], "flags"),
          {}};
}

Route routeFrom(const Napi::CallbackInfo& info) {
  Route route;
  route.destination = decodePrefix(info[1], "address", info[2], "bits");
  route.source = optionalValue(info[3], "source", decodeIp);
  route.gateway = optionalValue(info[4], "gateway", decodeIp);
  route.table = decodeUint32(info[5], "table");
  route.metric = decodeUint32(info[6], "metric");
  route.scope = decodeSmall<uint8_t>(info[7], "scope");
  route.type = decodeSmall<uint8_t>(info[8], "type");
  route.protocol = decodeSmall<uint8_t>(info[9], "protocol");
  route.onLink = decodeBoolean(info[10], "onLink");
  return route;
}

Neighbour neighbourFrom(const Napi::CallbackInfo& info) {
  return {0,
          decodeIp(info[1], "address"),
          optionalValue(info[2], "mac", decodeBytes<6>),
          decodeSmall<uint16_t>(info[3], "state"),
          {}};
}

// (...item: T, object: string) => Promise<void>. Its first part is a link's name, whose index is looked up in
// the same go, or null.
template <class T, size_t parts, T (*from)(const Napi::CallbackInfo&),
          Status (*change)(const T&, const std::string&)>
Napi::Value changeJs(const Napi::CallbackInfo& info) {
  T item = from(info);
  auto linkName = optionalValue(info[0], "link", decodeString);
  auto object = decodeString(info[parts], "object");
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
  bind("addressAdd", Napi::Function::New<changeJs<LinkAddress, 6, addressFrom, addressAdd>>(env));
  bind("addressDelete", Napi::Function::New<changeJs<LinkAddress, 6, addressFrom, addressDelete>>(env));
  bind("addressDump", Napi::Function::New<dumpJs<LinkAddress, addressDump, addressToJs>>(env));
  bind("routeAdd", Napi::Function::New<changeJs<Route, 11, routeFrom, routeAdd>>(env));
  bind("routeReplace", Napi::Function::New<changeJs<Route, 11, routeFrom, routeReplace>>(env));
  bind("routeDelete", Napi::Function::New<changeJs<Route, 11, routeFrom, routeDelete>>(env));
  bind("routeDump", Napi::Function::New<routeDumpJs>(env));
  bind("neighbourSet", Napi::Function::New<changeJs<Neighbour, 4, neighbourFrom, neighbourSet>>(env));
  bind("neighbourDelete", Napi::Function::New<changeJs<Neighbour, 4, neighbourFrom, neighbourDelete>>(env));
  bind("neighbourDump", Napi::Function::New<dumpJs<Neighbour, neighbourDump, neighbourToJs>>(env));
}

} // namespace banger
