#include "napi/bindings/bindings.h"

#include "clone/clone.h"
#include "clone/sparse_copy.h"
#include "napi/decode.h"
#include "napi/promise_worker.h"

#include <functional>
#include <mutex>

namespace banger {
namespace {

// ({ source, sourceOffset, length, target, targetOffset }) => Promise<void>
Napi::Value range(const Napi::CallbackInfo& info) {
  auto spec = decodeObject(info[0], "range");
  ReflinkRange range{decodeString(spec.Get("source"), "source"),
                     decodeUint64(spec.Get("sourceOffset"), "sourceOffset"),
                     decodeUint64(spec.Get("length"), "length"), decodeString(spec.Get("target"), "target"),
                     decodeUint64(spec.Get("targetOffset"), "targetOffset")};
  return runStatus(info.Env(), [range] { return reflinkRange(range); });
}

// (file: string, offset: bigint, length: bigint) => Promise<void>
Napi::Value punch(const Napi::CallbackInfo& info) {
  auto file = decodeString(info[0], "file");
  uint64_t offset = decodeUint64(info[1], "offset");
  uint64_t length = decodeUint64(info[2], "length");
  return runStatus(info.Env(), [=] { return punchHole(file, offset, length); });
}

// (file: string, offset: bigint, length: bigint, keepSize: boolean) => Promise<void>
Napi::Value allocate(const Napi::CallbackInfo& info) {
  auto file = decodeString(info[0], "file");
  uint64_t offset = decodeUint64(info[1], "offset");
  uint64_t length = decodeUint64(info[2], "length");
  bool keepSize = decodeBoolean(info[3], "keepSize");
  return runStatus(info.Env(), [=] { return preallocate(file, offset, length, keepSize); });
}

Sharing decodeSharing(const Napi::Value& value) {
  auto sharing = decodeString(value, "sharing");
  if (sharing == "never")
    return Sharing::never;
  if (sharing == "always")
    return Sharing::always;
  if (sharing == "auto")
    return Sharing::whereItWorks;
  throw Napi::TypeError::New(value.Env(), "sharing must be never, auto or always");
}

// { mode?, uid?, gid?, minimumBytes?, extraBytes?, name? }
NewFileSettings decodeSettings(const Napi::Value& value) {
  auto spec = decodeObject(value, "settings");
  NewFileSettings settings;
  if (auto mode = optionalField(spec, "mode", decodeUint32))
    settings.mode = static_cast<mode_t>(*mode);
  if (auto uid = optionalField(spec, "uid", decodeId))
    settings.owner = {*uid, decodeId(spec.Get("gid"), "gid")};
  settings.minimumBytes = optionalField(spec, "minimumBytes", decodeUint64).value_or(0);
  settings.extraBytes = optionalField(spec, "extraBytes", decodeUint64).value_or(0);
  settings.name = optionalField(spec, "name", decodeString).value_or("");
  return settings;
}

// What JS holds: `new SparseCopy()`. Steps that overlap take turns, each on a thread of the executor.
class SparseCopyJs : public Napi::ObjectWrap<SparseCopyJs> {
public:
  static void define(Napi::Env env, Napi::Object exports) {
    exports.Set("SparseCopy", DefineClass(env, "SparseCopy",
                                          {InstanceMethod<&SparseCopyJs::open>("open"),
                                           InstanceMethod<&SparseCopyJs::adopt>("adopt"),
                                           InstanceMethod<&SparseCopyJs::step>("step"),
                                           InstanceMethod<&SparseCopyJs::finish>("finish"),
                                           InstanceMethod<&SparseCopyJs::discard>("discard")}));
  }

  explicit SparseCopyJs(const Napi::CallbackInfo& info) : ObjectWrap(info) {}

private:
  struct Shared {
    std::mutex mutex;
    std::shared_ptr<SparseCopy> copy;
  };

  // (source: string, target: string, sharing: "never" | "auto" | "always") => Promise<void>
  Napi::Value open(const Napi::CallbackInfo& info) {
    auto source = decodeString(info[0], "source");
    auto target = decodeString(info[1], "target");
    auto sharing = decodeSharing(info[2]);
    return begin(info.Env(), target, [=] { return SparseCopy::open(source, target, sharing); });
  }

  // (file: string, target: string) => Promise<void>
  Napi::Value adopt(const Napi::CallbackInfo& info) {
    auto file = decodeString(info[0], "file");
    auto target = decodeString(info[1], "target");
    return begin(info.Env(), target, [=] { return SparseCopy::adopt(file, target); });
  }

  Napi::Value begin(Napi::Env env, const std::string& target,
                    std::function<Result<std::shared_ptr<SparseCopy>>()> make) {
    return runStatus(env, [target, make, shared = shared_]() -> Status {
      std::lock_guard lock(shared->mutex);
      if (shared->copy)
        return SysError{EBUSY, "open", target, "this copy is open"};
      auto made = make();
      if (!made)
        return made.error();
      shared->copy = std::move(made.value());
      return Unit{};
    });
  }

  // (mostBytes: bigint) => Promise<{ position, size, dataBytes, done, shared }>
  Napi::Value step(const Napi::CallbackInfo& info) {
    uint64_t mostBytes = decodeUint64(info[0], "mostBytes");
    return PromiseWorker<SparseCopy::Progress>::run(
        info.Env(),
        [mostBytes, shared = shared_]() -> Result<SparseCopy::Progress> {
          std::lock_guard lock(shared->mutex);
          if (!shared->copy)
            return SysError{EBADF, "copy_file_range", "copy", "it is not open"};
          return shared->copy->step(mostBytes);
        },
        [](Napi::Env env, SparseCopy::Progress& progress) -> Napi::Value {
          auto object = Napi::Object::New(env);
          object.Set("position", Napi::BigInt::New(env, progress.position));
          object.Set("size", Napi::BigInt::New(env, progress.size));
          object.Set("dataBytes", Napi::BigInt::New(env, progress.dataBytes));
          object.Set("done", Napi::Boolean::New(env, progress.done));
          object.Set("shared", Napi::Boolean::New(env, progress.shared));
          return object;
        });
  }

  // (settings) => Promise<boolean>
  Napi::Value finish(const Napi::CallbackInfo& info) {
    auto settings = decodeSettings(info[0]);
    return PromiseWorker<bool>::run(
        info.Env(),
        [settings, shared = shared_]() -> Result<bool> {
          std::lock_guard lock(shared->mutex);
          if (!shared->copy)
            return SysError{EBADF, "rename", "copy", "it is not open"};
          return shared->copy->finish(settings);
        },
        [](Napi::Env env, bool& finished) -> Napi::Value { return Napi::Boolean::New(env, finished); });
  }

  // () => Promise<void>
  Napi::Value discard(const Napi::CallbackInfo& info) {
    return runStatus(info.Env(), [shared = shared_]() -> Status {
      std::lock_guard lock(shared->mutex);
      return shared->copy ? shared->copy->discard() : Unit{};
    });
  }

  std::shared_ptr<Shared> shared_ = std::make_shared<Shared>();
};

} // namespace

void bindClone(Napi::Env env, Napi::Object exports) {
  exports.Set("reflinkRange", Napi::Function::New<range>(env, "reflinkRange"));
  exports.Set("punchHole", Napi::Function::New<punch>(env, "punchHole"));
  exports.Set("preallocate", Napi::Function::New<allocate>(env, "preallocate"));
  SparseCopyJs::define(env, exports);
}

} // namespace banger
