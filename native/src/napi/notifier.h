#pragma once

#include <functional>
#include <napi.h>
#include <vector>

namespace banger {

// A watcher (something with a thread of its own, and a stop() after which it tells nothing more), and the way
// of what it tells to the main thread. One per environment, held by the JS object that it serves: no global.
template <class Watcher, class Event> class Notifier {
public:
  using Convert = std::vector<napi_value> (*)(Napi::Env, const Event&);

  // `callback` is called on the main thread with what `convert` makes of an event.
  Notifier(Napi::Env env, Napi::Function callback, const char* name, Convert convert)
      : env_(env), callback_(Napi::ThreadSafeFunction::New(env, callback, name, 0, 1)),
        watcher_([this, convert](const Event& event) { pass(event, convert); }) {
    callback_.Unref(env);
    // Hooks run last-in first-out, so the thread has ended before the thread-safe function goes.
    napi_add_env_cleanup_hook(env_, cleanUp, this);
  }
  ~Notifier() { close(); }
  Notifier(const Notifier&) = delete;
  Notifier& operator=(const Notifier&) = delete;

  Watcher& watcher() { return watcher_; }

  // Whether a wait that is under way keeps the event loop alive.
  void setRef(Napi::Env env, bool on) {
    if (!open_)
      return;
    if (on)
      callback_.Ref(env);
    else
      callback_.Unref(env);
  }

  // Ends the thread. Idempotent; also run when the environment is torn down.
  void close() {
    if (!open_)
      return;
    open_ = false;
    watcher_.stop();
    callback_.Release();
    napi_remove_env_cleanup_hook(env_, cleanUp, this);
  }

private:
  void pass(const Event& event, Convert convert) {
    // Unlimited queue: never blocks. napi_closing means that the environment goes away, and stop() follows.
    (void)callback_.NonBlockingCall([event, convert](Napi::Env env, Napi::Function function) {
      if (env == nullptr)
        return;
      try {
        function.Call(convert(env, event));
      } catch (const Napi::Error& error) {
        // Here, so that what was queued is freed: an environment that is being ended runs no JS any more.
        error.ThrowAsJavaScriptException();
      }
    });
  }

  static void cleanUp(void* self) {
    auto* notifier = static_cast<Notifier*>(self);
    notifier->open_ = false; // the hook is gone, and the thread-safe function cleans up after itself
    notifier->watcher_.stop();
  }

  napi_env env_;
  Napi::ThreadSafeFunction callback_;
  Watcher watcher_;
  bool open_ = true;
};

} // namespace banger
