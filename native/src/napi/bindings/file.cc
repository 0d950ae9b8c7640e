#include "file/attributes.h"
#include "file/content.h"
#include "file/directory.h"

#include "napi/bindings/bindings.h"
#include "napi/decode.h"
#include "napi/promise_worker.h"

namespace banger {
namespace {

// (path: string, mode: number, sizeBytes: bigint) => Promise<void>
Napi::Value createJs(const Napi::CallbackInfo& info) {
  auto path = decodeString(info[0], "path");
  auto mode = static_cast<mode_t>(decodeUint32(info[1], "mode"));
  uint64_t size = decodeUint64(info[2], "sizeBytes");
  return runStatus(info.Env(), [path, mode, size] { return fileCreate(path, mode, size); });
}

// (path: string, mode: number) => Promise<void>
Napi::Value chmodJs(const Napi::CallbackInfo& info) {
  auto path = decodeString(info[0], "path");
  auto mode = static_cast<mode_t>(decodeUint32(info[1], "mode"));
  return runStatus(info.Env(), [path, mode] { return fileChmod(path, mode); });
}

// (path: string, uid: number, gid: number) => Promise<void>
Napi::Value chownJs(const Napi::CallbackInfo& info) {
  auto path = decodeString(info[0], "path");
  uint32_t uid = decodeId(info[1], "uid");
  uint32_t gid = decodeId(info[2], "gid");
  return runStatus(info.Env(), [path, uid, gid] { return fileChown(path, uid, gid); });
}

// (path: string, sizeBytes: bigint) => Promise<void>
Napi::Value truncateJs(const Napi::CallbackInfo& info) {
  auto path = decodeString(info[0], "path");
  uint64_t size = decodeUint64(info[1], "sizeBytes");
  return runStatus(info.Env(), [path, size] { return fileTruncate(path, size); });
}

// (path: string, uid: number, gid: number, mode: number) => Promise<void>
Napi::Value directoryJs(const Napi::CallbackInfo& info) {
  auto path = decodeString(info[0], "path");
  uint32_t uid = decodeId(info[1], "uid");
  uint32_t gid = decodeId(info[2], "gid");
  auto mode = static_cast<mode_t>(decodeUint32(info[3], "mode"));
  return runStatus(info.Env(), [=] { return ensureDirectory(path, uid, gid, mode); });
}

// (path: string, mode: number, mayBeThere: boolean) => Promise<void>
Napi::Value makeDirectoryJs(const Napi::CallbackInfo& info) {
  auto path = decodeString(info[0], "path");
  auto mode = static_cast<mode_t>(decodeUint32(info[1], "mode"));
  bool mayBeThere = decodeBoolean(info[2], "mayBeThere");
  return runStatus(info.Env(), [=] { return makeDirectory(path, mode, mayBeThere); });
}

// (path: string, beside: string, content: string, mode: number) => Promise<void>
Napi::Value replaceJs(const Napi::CallbackInfo& info) {
  auto path = decodeString(info[0], "path");
  auto beside = decodeString(info[1], "beside");
  auto content = decodeString(info[2], "content");
  auto mode = static_cast<mode_t>(decodeUint32(info[3], "mode"));
  return runStatus(info.Env(), [=] { return fileReplace(path, beside, content, mode); });
}

// (path: string, value: string) => Promise<void>
Napi::Value writeJs(const Napi::CallbackInfo& info) {
  auto path = decodeString(info[0], "path");
  auto value = decodeString(info[1], "value");
  return runStatus(info.Env(), [path, value] { return fileWrite(path, value); });
}

} // namespace

void bindFile(Napi::Env env, Napi::Object exports) {
  exports.Set("fileCreate", Napi::Function::New<createJs>(env, "fileCreate"));
  exports.Set("fileChmod", Napi::Function::New<chmodJs>(env, "fileChmod"));
  exports.Set("fileChown", Napi::Function::New<chownJs>(env, "fileChown"));
  exports.Set("fileEnsureDirectory", Napi::Function::New<directoryJs>(env, "fileEnsureDirectory"));
  exports.Set("fileMakeDirectory", Napi::Function::New<makeDirectoryJs>(env, "fileMakeDirectory"));
  exports.Set("fileReplace", Napi::Function::New<replaceJs>(env, "fileReplace"));
  exports.Set("fileTruncate", Napi::Function::New<truncateJs>(env, "fileTruncate"));
  exports.Set("fileWrite", Napi::Function::New<writeJs>(env, "fileWrite"));
}

} // namespace banger
