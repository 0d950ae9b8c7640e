#include "napi/bindings/bindings.h"

#include "napi/bindings/link_to_js.h"
#include "napi/bindings/net.h"
#include "napi/twin.h"
#include "netlink/rtnl/link.h"
#include "netns/device_socket.h"
#include "netns/netns.h"

namespace banger {
namespace {

using namespace netlink;

// How the namespace that a link goes to is named: by its file, opened in the worker.
struct Target {
  std::optional<std::string> path;

  Result<std::optional<UniqueFd>> open() const {
    if (!path)
      return std::optional<UniqueFd>();
    auto fd = openNetns(*path);
    if (!fd)
      return fd.error();
    return std::optional<UniqueFd>(std::move(fd.value()));
  }
};

uint8_t decodeByte(Napi::Value value, const char* name) {
  uint32_t number = decodeUint32(value, name);
  if (number > 255)
    throw Napi::RangeError::New(value.Env(), std::string(name) + " must be at most 255");
  return static_cast<uint8_t>(number);
}

int32_t decodeIndex(Napi::Value value, const char* name) {
  uint32_t number = decodeUint32(value, name);
  if (number == 0 || number > INT32_MAX)
    throw Napi::RangeError::New(value.Env(), std::string(name) + " must be a link's index");
  return static_cast<int32_t>(number);
}

// (name: string) => Promise<Link>
Napi::Value get(const Napi::CallbackInfo& info) {
  auto name = decodeString(info[0], "name");
  return runNet<Link>(
      info.Env(), [name] { return linkGet(name); }, linkToJs);
}

// (name: string) => Promise<Link | null>
Napi::Value find(const Napi::CallbackInfo& info) {
  auto name = decodeString(info[0], "name");
  return runNet<std::optional<Link>>(
      info.Env(), [name] { return linkFind(name); },
      [](Napi::Env env, std::optional<Link>& link) -> Napi::Value {
        return link ? linkToJs(env, *link) : env.Null();
      });
}

// (name: string) => Promise<boolean>
Napi::Value exists(const Napi::CallbackInfo& info) {
  return runNamed<bool>(info, "name", linkExists,
                        [](Napi::Env env, bool& is) -> Napi::Value { return Napi::Boolean::New(env, is); });
}

// () => Promise<Link[]>
Napi::Value dumpAll(const Napi::CallbackInfo& info) {
  return runNet<std::vector<Link>>(info.Env(), linkDump, listToJs<Link, linkToJs>);
}

// (link: string | number, change: NativeLinkChange, object: string) => Promise<void>
Napi::Value set(const Napi::CallbackInfo& info) {
  LinkRef link;
  if (info[0].IsString())
    link.name = decodeString(info[0], "link");
  else
    link.index = decodeIndex(info[0], "link");
  auto object = decodeObject(info[1], "change");
  LinkChange change;
  change.up = optionalField(object, "up", decodeBoolean);
  change.mac = optionalField(object, "mac", decodeBytes<6>);
  change.mtu = optionalField(object, "mtu", decodeUint32);
  change.group = optionalField(object, "group", decodeUint32);
  change.masterIndex = optionalField(object, "masterIndex", decodeUint32);
  change.addressMode = optionalField(object, "addressMode", decodeByte);
  change.newName = optionalField(object, "newName", decodeString);
  Target target{optionalField(object, "namespace", decodeString)};
  if (change.newName && link.index == 0)
    throw Napi::TypeError::New(info.Env(), "a link with a new name must be given by its index");
  auto subject = decodeString(info[2], "object");
  return runNet(info.Env(), [link, change, target, subject]() mutable -> Status {
    auto fd = target.open();
    if (!fd)
      return fd.error();
    if (fd.value())
      change.namespaceFd = fd.value()->get();
    return linkSet(link, change, subject);
  });
}

// (name: string, up: boolean) => Promise<void>
Napi::Value setUp(const Napi::CallbackInfo& info) {
  auto name = decodeString(info[0], "name");
  bool up = decodeBoolean(info[1], "up");
  return runNet(info.Env(), [name, up] {
    LinkChange change;
    change.up = up;
    return linkSet({0, name}, change, name);
  });
}

// (link: NativeNewLink) => Promise<void>
Napi::Value create(const Napi::CallbackInfo& info) {
  auto object = decodeObject(info[0], "link");
  NewLink link;
  link.name = decodeString(object.Get("name"), "name");
  link.kind = decodeString(object.Get("kind"), "kind");
  link.mac = optionalField(object, "mac", decodeBytes<6>);
  link.mtu = optionalField(object, "mtu", decodeUint32);
  link.group = optionalField(object, "group", decodeUint32);
  if (auto stp = optionalField(object, "stp", decodeBoolean))
    link.bridgeStp = *stp ? 1 : 0;
  link.peerName = optionalField(object, "peerName", decodeString);
  Target target{optionalField(object, "peerNamespace", decodeString)};
  return runNet(info.Env(), [link, target]() mutable -> Status {
    auto fd = target.open();
    if (!fd)
      return fd.error();
    if (fd.value())
      link.peerNamespaceFd = fd.value()->get();
    return linkCreate(link);
  });
}

// (name: string) => Promise<void>
Napi::Value remove(const Napi::CallbackInfo& info) {
  auto name = decodeString(info[0], "name");
  return runNet(info.Env(), [name] { return linkDelete(name); });
}

// (group: number) => Promise<void>
Napi::Value removeGroup(const Napi::CallbackInfo& info) {
  uint32_t group = decodeUint32(info[0], "group");
  return runNet(info.Env(), [group] { return linkDeleteGroup(group); });
}

// (index: number, isolated: boolean, object: string) => Promise<void>
Napi::Value isolate(const Napi::CallbackInfo& info) {
  int32_t index = decodeIndex(info[0], "index");
  bool isolated = decodeBoolean(info[1], "isolated");
  auto object = decodeString(info[2], "object");
  return runNet(info.Env(), [index, isolated, object] { return linkIsolate(index, isolated, object); });
}

} // namespace

void bindLink(Napi::Env env, Napi::Object exports) {
  exports.Set("linkGet", Napi::Function::New<get>(env, "linkGet"));
  exports.Set("linkFind", Napi::Function::New<find>(env, "linkFind"));
  setTwins<exists>(env, exports, "linkExists");
  exports.Set("linkDump", Napi::Function::New<dumpAll>(env, "linkDump"));
  exports.Set("linkSet", Napi::Function::New<set>(env, "linkSet"));
  exports.Set("linkSetUp", Napi::Function::New<setUp>(env, "linkSetUp"));
  exports.Set("linkCreate", Napi::Function::New<create>(env, "linkCreate"));
  exports.Set("linkDelete", Napi::Function::New<remove>(env, "linkDelete"));
  exports.Set("linkDeleteGroup", Napi::Function::New<removeGroup>(env, "linkDeleteGroup"));
  exports.Set("linkIsolate", Napi::Function::New<isolate>(env, "linkIsolate"));
}

} // namespace banger
