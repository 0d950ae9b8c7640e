#pragma once

#include "sys/result.h"

#include <csignal>
#include <functional>
#include <system_error>
#include <thread>

namespace banger {

// A thread on which no signal is delivered: signals are the main thread's business.
inline Result<std::thread> startThread(std::function<void()> run) {
  sigset_t all, saved;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &saved);
  Result<std::thread> result = SysError{EAGAIN, "clone", "thread", {}};
  try {
    result = std::thread(std::move(run));
  } catch (const std::system_error& error) {
    result = SysError{error.code().value(), "clone", "thread", {}};
  }
  ::pthread_sigmask(SIG_SETMASK, &saved, nullptr);
  return result;
}

} // namespace banger
