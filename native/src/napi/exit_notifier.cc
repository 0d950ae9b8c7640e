#include "napi/exit_notifier.h"

namespace banger {

ExitNotifier::ExitNotifier(Napi::Env env, Napi::Function onEnd)
    : env_(env), callback_(Napi::ThreadSafeFunction::New(env, onEnd, "banger.exit", 0, 1)),
      watcher_([this](const ProcessEnd& end) {
        // Unlimited queue: never blocks. napi_closing means that the environment goes away, and stop()
        // follows.
        (void)callback_.NonBlockingCall([end](Napi::Env env, Napi::Function function) {
          if (env == nullptr)
            return;
          function.Call({Napi::BigInt::New(env, end.id), Napi::Boolean::New(env, end.reaped),
                         Napi::Number::New(env, end.code), Napi::Number::New(env, end.signal)});
        });
      }) {
  callback_.Unref(env);
  // Hooks run last-in first-out, so the thread has ended before the thread-safe function goes.
  napi_add_env_cleanup_hook(env_, cleanUp, this);
}

ExitNotifier::~ExitNotifier() {
  close();
}

void ExitNotifier::setRef(Napi::Env env, bool on) {
  if (!open_)
    return;
  if (on)
    callback_.Ref(env);
  else
    callback_.Unref(env);
}

void ExitNotifier::close() {
  if (!open_)
    return;
  open_ = false;
  watcher_.stop();
  callback_.Release();
  napi_remove_env_cleanup_hook(env_, cleanUp, this);
}

void ExitNotifier::cleanUp(void* self) {
  auto* notifier = static_cast<ExitNotifier*>(self);
  notifier->open_ = false; // the hook is gone, and the thread-safe function cleans up after itself
  notifier->watcher_.stop();
}

} // namespace banger
