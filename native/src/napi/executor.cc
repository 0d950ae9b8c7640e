#include "napi/executor.h"

#include "sys/thread.h"

#include <utility>

namespace banger {

Executor::Executor(Napi::Env env) : env_(env), signal_(Signal::New(env, "banger.executor", 0, 1, this)) {
  signal_.Unref(env);
  // Hooks run last-in first-out, so the threads have ended before the thread-safe function goes.
  napi_add_env_cleanup_hook(env_, cleanUp, this);
}

void Executor::cleanUp(void* self) {
  static_cast<Executor*>(self)->stop();
}

Status Executor::submit(std::unique_ptr<Task> task, Start start) {
  Lock lock(mutex_);
  queue_.push_back(std::move(task));
  // The first thread of all is made at once: where that fails, there is somebody to tell.
  bool isIdle = idle_.size() == workers_.size();
  if (workers_.empty() || (isIdle && start == Start::AtOnce)) {
    auto woken = wakeOne(lock, Park::Place::Elsewhere);
    if (!woken) {
      queue_.pop_back();
      return woken;
    }
  } else {
    signal(lock);
  }
  if (pending_++ == 0)
    signal_.Ref(env_);
  return Unit{};
}

// A thread for the first of the queue, a new one where all have work; unless there are enough.
Status Executor::wakeOne(Lock& lock, Park::Place place) {
  if (!idle_.empty()) {
    Worker* worker = idle_.back();
    idle_.pop_back();
    lock.unlock();
    worker->park.wake(place);
    return Unit{};
  }
  if (workers_.size() == kThreads)
    return Unit{};
  auto worker = std::make_unique<Worker>();
  auto thread = startThread([this, it = worker.get()] { work(*it); });
  if (!thread)
    return thread.error();
  worker->thread = std::move(thread.value());
  workers_.push_back(std::move(worker));
  return Unit{};
}

// The event loop comes to its next turn, where it settles what is done and sees to what waits.
void Executor::signal(Lock& lock) {
  if (std::exchange(isSignalled_, true))
    return;
  lock.unlock();
  (void)signal_.NonBlockingCall(); // never closing: stop() joins all threads before it is released
}

void Executor::work(Worker& worker) {
  worker.park.open();
  Lock lock(mutex_);
  for (;;) {
    while (queue_.empty() && !isStopping_) {
      idle_.push_back(&worker);
      lock.unlock();
      worker.park.wait();
      lock.lock();
    }
    if (isStopping_)
      return;
    auto task = std::move(queue_.front());
    queue_.pop_front();
    // This one may take long. Where there is no other thread to be had, this one comes back.
    if (!queue_.empty())
      (void)wakeOne(lock, Park::Place::Any);
    if (lock)
      lock.unlock();
    task->execute();
    lock.lock();
    done_.push_back(std::move(task));
    signal(lock);
    if (!lock)
      lock.lock();
  }
}

void Executor::turn(Napi::Env env, Napi::Function, Executor* executor, void*) {
  if (env != nullptr)
    executor->settleDone(env);
}

void Executor::settleDone(Napi::Env env) {
  Tasks done;
  {
    Lock lock(mutex_);
    isSignalled_ = false;
    done.swap(done_);
    // One that cannot be made is not needed: another one is at work.
    if (!queue_.empty())
      (void)wakeOne(lock, Park::Place::Any);
  }
  pending_ -= done.size();
  if (pending_ == 0)
    signal_.Unref(env);
  for (auto& task : done) {
    Napi::HandleScope scope(env);
    task->settle(env);
  }
}

// What has not begun never does; what has, ends first. Idempotent.
void Executor::stop() {
  {
    Lock lock(mutex_);
    if (std::exchange(isStopping_, true))
      return;
    queue_.clear();
    for (Worker* worker : idle_)
      worker->park.wake(Park::Place::Any);
  }
  for (auto& worker : workers_)
    worker->thread.join();
  signal_.Release();
}

} // namespace banger
