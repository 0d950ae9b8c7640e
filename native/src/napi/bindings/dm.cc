#include "napi/bindings/bindings.h"

#include "dm/dm.h"
#include "napi/decode.h"
#include "napi/dm_device.h"
#include "napi/list.h"
#include "napi/promise_worker.h"

namespace banger {
namespace {

Napi::Value versionToJs(Napi::Env env, std::array<uint32_t, 3>& version) {
  auto array = Napi::Array::New(env, version.size());
  for (uint32_t i = 0; i < version.size(); ++i)
    array.Set(i, Napi::Number::New(env, version[i]));
  return array;
}

Napi::Value dependencyToJs(Napi::Env env, dm::Dependency& below) {
  auto object = Napi::Object::New(env);
  object.Set("number", dm::text(below.number));
  object.Set("device", below.device);
  return object;
}

Napi::Value deviceValue(Napi::Env env, dm::Device& device) {
  return deviceToJs(env, device);
}

Napi::Value namedToJs(Napi::Env env, dm::NamedDevice& device) {
  auto object = Napi::Object::New(env);
  object.Set("name", device.name);
  object.Set("number", dm::text(device.number));
  return object;
}

Napi::Value targetVersionToJs(Napi::Env env, dm::TargetVersion& target) {
  auto object = Napi::Object::New(env);
  object.Set("name", target.name);
  object.Set("version", versionToJs(env, target.version));
  return object;
}

Napi::Value targetToJs(Napi::Env env, dm::Target& target) {
  auto object = Napi::Object::New(env);
  object.Set("startSector", Napi::BigInt::New(env, target.startSector));
  object.Set("lengthSectors", Napi::BigInt::New(env, target.lengthSectors));
  object.Set("type", target.type);
  object.Set("params", target.params);
  return object;
}

Napi::Value tableToJs(Napi::Env env, std::optional<dm::DeviceTable>& table) {
  if (!table)
    return env.Null();
  auto object = deviceToJs(env, table->device);
  object.Set("targets", listToJs<dm::Target, targetToJs>(env, table->targets));
  return object;
}

// () => Promise<[number, number, number]>
Napi::Value version(const Napi::CallbackInfo& info) {
  return PromiseWorker<std::array<uint32_t, 3>>::run(info.Env(), dm::version, versionToJs);
}

// (type: string) => Promise<{ name, version }>
Napi::Value targetVersion(const Napi::CallbackInfo& info) {
  return runNamed<dm::TargetVersion>(info, "type", dm::targetVersion, targetVersionToJs);
}

// () => Promise<T[]>
template <class T, Result<std::vector<T>> (*dump)(), Napi::Value (*convert)(Napi::Env, T&)>
Napi::Value dumpJs(const Napi::CallbackInfo& info) {
  return PromiseWorker<std::vector<T>>::run(info.Env(), dump, listToJs<T, convert>);
}

// (name: string, uuid: string) => Promise<Device>
Napi::Value create(const Napi::CallbackInfo& info) {
  auto name = decodeString(info[0], "name");
  auto uuid = decodeString(info[1], "uuid");
  return PromiseWorker<dm::Device>::run(
      info.Env(), [name, uuid] { return dm::create(name, uuid); }, deviceValue);
}

// (name: string, readOnly: boolean, table: { startSector, lengthSectors, type, params }[]) => Promise<Device>
Napi::Value load(const Napi::CallbackInfo& info) {
  auto name = decodeString(info[0], "name");
  bool readOnly = decodeBoolean(info[1], "readOnly");
  std::vector<dm::Target> table;
  decodeEach(info[2], "table", [&](Napi::Value value) {
    auto line = decodeObject(value, "target");
    table.push_back({decodeUint64(line.Get("startSector"), "startSector"),
                     decodeUint64(line.Get("lengthSectors"), "lengthSectors"),
                     decodeString(line.Get("type"), "type"), decodeString(line.Get("params"), "params")});
  });
  return PromiseWorker<dm::Device>::run(
      info.Env(), [name, readOnly, table] { return dm::load(name, readOnly, table); }, deviceValue);
}

// (name: string) => Promise<Device>
template <Result<dm::Device> (*operation)(const std::string&)>
Napi::Value onDevice(const Napi::CallbackInfo& info) {
  return runNamed<dm::Device>(info, "name", operation, deviceValue);
}

// (name: string, deferred: boolean) => Promise<Device>
Napi::Value remove(const Napi::CallbackInfo& info) {
  auto name = decodeString(info[0], "name");
  bool deferred = decodeBoolean(info[1], "deferred");
  return PromiseWorker<dm::Device>::run(
      info.Env(), [name, deferred] { return dm::remove(name, deferred); }, deviceValue);
}

// (name: string, newName: string) => Promise<Device>
Napi::Value rename(const Napi::CallbackInfo& info) {
  auto name = decodeString(info[0], "name");
  auto newName = decodeString(info[1], "newName");
  return PromiseWorker<dm::Device>::run(
      info.Env(), [name, newName] { return dm::rename(name, newName); }, deviceValue);
}

// Nothing where there is no such device, which is mostly no error, and an error's stack costs more than the
// question.
Result<std::optional<dm::DeviceTable>> findTargets(const std::string& name, dm::Ask ask) {
  auto found = dm::targets(name, ask);
  if (found)
    return std::optional(std::move(found.value()));
  // Of the open it means that there is no device-mapper.
  if (found.error().err == ENXIO && found.error().syscall != "open")
    return std::optional<dm::DeviceTable>();
  return found.error();
}

// (name: string, table: boolean) => Promise<(Device & { targets }) | null>: the table itself, or its status
Napi::Value targets(const Napi::CallbackInfo& info) {
  auto name = decodeString(info[0], "name");
  auto ask = decodeBoolean(info[1], "table") ? dm::Ask::Table : dm::Ask::Status;
  return PromiseWorker<std::optional<dm::DeviceTable>>::run(
      info.Env(), [name, ask] { return findTargets(name, ask); }, tableToJs);
}

// (name: string) => Promise<{ number, device }[]>, `7:3` and `/dev/loop3`
Napi::Value dependencies(const Napi::CallbackInfo& info) {
  return runNamed<std::vector<dm::Dependency>>(info, "name", dm::dependencies,
                                               listToJs<dm::Dependency, dependencyToJs>);
}

} // namespace

void bindDm(Napi::Env env, Napi::Object exports) {
  auto add = [&](const char* name, Napi::Function function) { exports.Set(name, function); };
  add("dmVersion", Napi::Function::New<version>(env, "dmVersion"));
  add("dmTargetVersion", Napi::Function::New<targetVersion>(env, "dmTargetVersion"));
  add("dmTargetVersions",
      Napi::Function::New<dumpJs<dm::TargetVersion, dm::targetVersions, targetVersionToJs>>(
          env, "dmTargetVersions"));
  add("dmList", Napi::Function::New<dumpJs<dm::NamedDevice, dm::list, namedToJs>>(env, "dmList"));
  add("dmCreate", Napi::Function::New<create>(env, "dmCreate"));
  add("dmLoad", Napi::Function::New<load>(env, "dmLoad"));
  add("dmSuspend", Napi::Function::New<onDevice<dm::suspend>>(env, "dmSuspend"));
  add("dmResume", Napi::Function::New<onDevice<dm::resume>>(env, "dmResume"));
  add("dmRemove", Napi::Function::New<remove>(env, "dmRemove"));
  add("dmRename", Napi::Function::New<rename>(env, "dmRename"));
  add("dmStatus", Napi::Function::New<onDevice<dm::status>>(env, "dmStatus"));
  add("dmTargets", Napi::Function::New<targets>(env, "dmTargets"));
  add("dmDependencies", Napi::Function::New<dependencies>(env, "dmDependencies"));
}

} // namespace banger
