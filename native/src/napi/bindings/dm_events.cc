#include "napi/bindings/bindings.h"

#include "dm/event_watcher.h"
#include "napi/decode.h"
#include "napi/dm_device.h"
#include "napi/error.h"
#include "napi/notifier.h"

namespace banger {
namespace {

using DmEventNotifier = Notifier<dm::EventWatcher, dm::DeviceEvent>;

std::vector<napi_value> toJs(Napi::Env env, const dm::DeviceEvent& event) {
  Napi::Value id = Napi::BigInt::New(env, event.id);
  if (auto* error = std::get_if<SysError>(&event.outcome))
    return {id, toJsError(env, *error).Value(), env.Null()};
  return {id, env.Null(), deviceToJs(env, std::get<dm::Device>(event.outcome))};
}

// What JS holds: `new DmEventWatcher((id: bigint, error: Error | null, device: Device | null) => …)`.
class DmEventWatcherJs : public Napi::ObjectWrap<DmEventWatcherJs> {
public:
  static void define(Napi::Env env, Napi::Object exports) {
    exports.Set("DmEventWatcher", DefineClass(env, "DmEventWatcher",
                                              {InstanceMethod<&DmEventWatcherJs::watch>("watch"),
                                               InstanceMethod<&DmEventWatcherJs::cancel>("cancel"),
                                               InstanceMethod<&DmEventWatcherJs::setRef>("setRef"),
                                               InstanceMethod<&DmEventWatcherJs::close>("close")}));
  }

  explicit DmEventWatcherJs(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    if (!info[0].IsFunction())
      throw Napi::TypeError::New(info.Env(), "onEvent must be a function");
    notifier_ =
        std::make_unique<DmEventNotifier>(info.Env(), info[0].As<Napi::Function>(), "banger.dmEvents", toJs);
  }

private:
  // (id: bigint, name: string, after: number | null) => void; its event is told under `id`
  void watch(const Napi::CallbackInfo& info) {
    uint64_t id = decodeUint64(info[0], "id");
    auto name = decodeString(info[1], "name");
    std::optional<uint32_t> after;
    if (!info[2].IsNull())
      after = decodeUint32(info[2], "after");
    auto watched = notifier_->watcher().watch(id, std::move(name), after);
    if (!watched)
      throw toJsError(info.Env(), watched.error());
  }

  // (id: bigint) => void
  void cancel(const Napi::CallbackInfo& info) { notifier_->watcher().cancel(decodeUint64(info[0], "id")); }

  void setRef(const Napi::CallbackInfo& info) { notifier_->setRef(info.Env(), decodeBoolean(info[0], "on")); }

  void close(const Napi::CallbackInfo&) { notifier_->close(); }

  std::unique_ptr<DmEventNotifier> notifier_;
};

} // namespace

void bindDmEvents(Napi::Env env, Napi::Object exports) {
  DmEventWatcherJs::define(env, exports);
}

} // namespace banger
