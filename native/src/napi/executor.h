// The threads that work for one environment. Not libuv's pool: there each piece of work wakes a thread, on
// the event loop's time, and the kernel mostly puts a thread that is woken on the CPU of who wakes it, here
// the event loop's, which then stands still (a guest's scheduler takes the idle CPUs of KVM for preempted
// ones).
#pragma once

#include "napi/park.h"
#include "sys/result.h"

#include <deque>
#include <memory>
#include <mutex>
#include <napi.h>
#include <thread>
#include <vector>

namespace banger {

// Work for one thread, and what the event loop does when it is done.
class Task {
public:
  virtual ~Task() = default;
  virtual void execute() = 0; // on a thread; sees no JS value
  virtual void settle(Napi::Env env) = 0;
};

class Executor {
public:
  // As many as libuv's pool has: most operations wait for the kernel and not for a CPU.
  static constexpr size_t kThreads = 4;

  explicit Executor(Napi::Env env);
  ~Executor() { stop(); }
  Executor(const Executor&) = delete;
  Executor& operator=(const Executor&) = delete;

  // When a task's thread is woken, where none is at work.
  enum class Start {
    AtOnce,   // and on another CPU, which takes longer to wake than most operations need
    AfterTurn // when the event loop has come to its next turn
  };

  // Tasks are begun in their order. EAGAIN: there is no thread, and none can be made.
  Status submit(std::unique_ptr<Task> task, Start start);

private:
  struct Worker {
    std::thread thread;
    Park park;
  };
  using Tasks = std::deque<std::unique_ptr<Task>>;
  using Lock = std::unique_lock<std::mutex>;

  static void turn(Napi::Env env, Napi::Function, Executor* executor, void*);
  static void cleanUp(void* self);
  using Signal = Napi::TypedThreadSafeFunction<Executor, void, turn>;

  void settleDone(Napi::Env env);
  Status wakeOne(Lock& lock, Park::Place place); // both may unlock
  void signal(Lock& lock);
  void work(Worker& worker);
  void stop();

  napi_env env_;
  Signal signal_;
  size_t pending_ = 0; // the event loop's own: submitted and not settled

  std::mutex mutex_; // of all below
  Tasks queue_, done_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<Worker*> idle_; // the last to have had work is the first to have more
  bool isSignalled_ = false;
  bool isStopping_ = false;
};

} // namespace banger
