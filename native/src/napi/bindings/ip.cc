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

Napi::Value addressToJs(Napi::Env env, LinkAddress& address) {
  auto number = [&](uint32_t value) { return Napi::Number::New(env, value); };
  return rowOf(env, {orNull(env, address.linkName), ipToJs(env, address.prefix.address),
                     number(address.prefix.bits), orNull(env, address.peer), number(address.scope),
                     number(address.flags)});
}

Napi::Value routeToJs(Napi::Env env, Route& route) {
  auto number = [&](uint32_t value) { return Napi::Number::New(env, value); };
  return rowOf(env, {orNull(env, route.linkName), ipToJs(env, route.destination.address),
                     number(route.destination.bits), orNull(env, route.source), orNull(env, route.gateway),
                     number(route.table), number(route.metric), number(route.scope), number(route.type),
                     number(route.protocol), Napi::Boolean::New(env, route.onLink)});
}

Napi::Value neighbourToJs(Napi::Env env, Neighbour& neighbour) {
  return rowOf(env, {orNull(env, neighbour.linkName), ipToJs(env, neighbour.address),
                     orNull(env, neighbour.mac), Napi::Number::New(env, neighbour.state)});
}

// What is to be changed, as it crosses: its link by name, and how many places it has with that.
template <class T> struct Change {
  T item;
  std::optional<std::string> link;
  size_t places;
};

Change<LinkAddress> addressFrom(const Napi::CallbackInfo& info) {
  auto link = decodeString(info[0], "link");
  return {{0,
           decodePrefix(info[1], info[2]),
           optionalValue(info[3], "peer", decodeIp),
           decodeSmall<uint8_t>(info[4], "scope"),
           decodeUint32(info[5], "flags"),
           {}},
          link,
          6};
}

// One without a device has no link.
Change<Route> routeFrom(const Napi::CallbackInfo& info) {
  auto link = optionalValue(info[0], "link", decodeString);
  Route route;
  route.destination = decodePrefix(info[1], info[2]);
  route.source = optionalValue(info[3], "source", decodeIp);
  route.gateway = optionalValue(info[4], "gateway", decodeIp);
  route.table = decodeUint32(info[5], "table");
  route.metric = decodeUint32(info[6], "metric");
  route.scope = decodeSmall<uint8_t>(info[7], "scope");
  route.type = decodeSmall<uint8_t>(info[8], "type");
  route.protocol = decodeSmall<uint8_t>(info[9], "protocol");
  route.onLink = decodeBoolean(info[10], "onLink");
  return {route, link, 11};
}

Change<Neighbour> neighbourFrom(const Napi::CallbackInfo& info) {
  auto link = decodeString(info[0], "link");
  return {{0,
           decodeIp(info[1], "address"),
           optionalValue(info[2], "mac", decodeBytes<6>),
           decodeSmall<uint16_t>(info[3], "state"),
           {}},
          link,
          4};
}

// (...item: T, object: string) => Promise<void>. The index of its link is looked up in the same go.
template <class T, Change<T> (*from)(const Napi::CallbackInfo&),
          Status (*change)(const T&, const std::string&)>
Napi::Value changeJs(const Napi::CallbackInfo& info) {
  auto [item, link, places] = from(info);
  auto object = decodeString(info[places], "object");
  return runNet(info.Env(), [item = item, link = link, object]() mutable -> Status {
    if (link) {
      auto index = linkIndexOf(*link);
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
