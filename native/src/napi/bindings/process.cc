#include "napi/bindings/bindings.h"

#include "napi/decode.h"
#include "napi/exit_notifier.h"
#include "napi/promise_worker.h"
#include "napi/spawn_decode.h"
#include "napi/twin.h"
#include "process/signal.h"
#include "sys/file.h"

#include <algorithm>
#include <string_view>

namespace banger {
namespace {

// What JS holds: `new ExitWatcher((id, reaped, code, signal) => …)`, with the operations that give it a pidfd
// to watch.
class ExitWatcherJs : public Napi::ObjectWrap<ExitWatcherJs> {
public:
  static void define(Napi::Env env, Napi::Object exports) {
    exports.Set("ExitWatcher", DefineClass(env, "ExitWatcher",
                                           {InstanceMethod<&ExitWatcherJs::spawn>("spawn"),
                                            InstanceMethod<&ExitWatcherJs::watch>("watch"),
                                            InstanceMethod<&ExitWatcherJs::setRef>("setRef"),
                                            InstanceMethod<&ExitWatcherJs::close>("close")}));
  }

  explicit ExitWatcherJs(const Napi::CallbackInfo& info) : ObjectWrap(info) {
    if (!info[0].IsFunction())
      throw Napi::TypeError::New(info.Env(), "onEnd must be a function");
    notifier_ = std::make_shared<ExitNotifier>(info.Env(), info[0].As<Napi::Function>());
  }

private:
  // (id: bigint, spec: object) => Promise<{ pid: number, startTimeTicks: bigint }>; its end is told under
  // `id`
  Napi::Value spawn(const Napi::CallbackInfo& info) {
    uint64_t id = decodeUint64(info[0], "id");
    auto spec = std::make_shared<SpawnSpec>(decodeSpawn(info[1]));
    return PromiseWorker<SpawnedProcess>::run(
        info.Env(),
        [id, spec, notifier = notifier_]() -> Result<SpawnedProcess> {
          auto process = spawnProcess(*spec);
          if (!process)
            return process;
          auto watched = notifier->watch(id, process.value().pidfd, true);
          if (watched)
            return process;
          endProcess(process.value().pidfd.get()); // the caller will not know of it
          return watched.error();
        },
        [](Napi::Env env, SpawnedProcess& process) -> Napi::Value {
          auto object = Napi::Object::New(env);
          object.Set("pid", Napi::Number::New(env, process.pid));
          object.Set("startTimeTicks", Napi::BigInt::New(env, process.startTimeTicks));
          return object;
        });
  }

  // (id: bigint, pid: number, startTimeTicks: bigint) => Promise<void>; ESRCH when it is gone already
  Napi::Value watch(const Napi::CallbackInfo& info) {
    uint64_t id = decodeUint64(info[0], "id");
    auto pid = static_cast<pid_t>(decodeUint32(info[1], "pid"));
    uint64_t ticks = decodeUint64(info[2], "startTimeTicks");
    return runStatus(info.Env(), [id, pid, ticks, notifier = notifier_]() -> Status {
      auto fd = openProcess(pid, ticks);
      if (!fd)
        return fd.error();
      return notifier->watch(id, fd.value(), false);
    });
  }

  void setRef(const Napi::CallbackInfo& info) { notifier_->setRef(info.Env(), decodeBoolean(info[0], "on")); }

  void close(const Napi::CallbackInfo&) { notifier_->close(); }

  std::shared_ptr<ExitNotifier> notifier_;
};

// (pid: number, startTimeTicks: bigint, signal: number) => Promise<void>
Napi::Value signal(const Napi::CallbackInfo& info) {
  auto pid = static_cast<pid_t>(decodeUint32(info[0], "pid"));
  uint64_t ticks = decodeUint64(info[1], "startTimeTicks");
  auto number = static_cast<int>(decodeUint32(info[2], "signal"));
  return runStatus(info.Env(), [=] { return signalProcess(pid, ticks, number); });
}

// What is read of a process: its owner has a say in how long its command line is (PR_SET_MM_MAP makes all its
// memory one).
bool isReadOfProc(std::string_view path) {
  if (path == "/proc/sys/kernel/random/boot_id")
    return true;
  constexpr std::string_view kProc = "/proc/";
  if (path.substr(0, kProc.size()) != kProc)
    return false;
  path.remove_prefix(kProc.size());
  size_t digits = std::min(path.find_first_not_of("0123456789"), path.size());
  std::string_view file = path.substr(digits);
  return digits > 0 && (file == "/stat" || file == "/status" || file == "/cmdline");
}

// (path: string) => Promise<string>; /proc/<pid>/stat, status and cmdline and the boot's id, no other file
Napi::Value readProc(const Napi::CallbackInfo& info) {
  auto path = decodeString(info[0], "path");
  if (!isReadOfProc(path))
    throw Napi::TypeError::New(info.Env(),
                               "path must be a process's stat, status or cmdline, or the boot's id");
  return PromiseWorker<std::string>::run(
      info.Env(), [path] { return readSmallFile(path); },
      [](Napi::Env env, std::string& text) -> Napi::Value { return Napi::String::New(env, text); });
}

} // namespace

void bindProcess(Napi::Env env, Napi::Object exports) {
  ExitWatcherJs::define(env, exports);
  setTwins<readProc>(env, exports, "procRead");
  setTwins<signal>(env, exports, "processSignal");
}

} // namespace banger
