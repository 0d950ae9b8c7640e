#include "process/signal.h"

#include "process/pidfd.h"
#include "process/proc_stat.h"

#include <csignal>
#include <sys/syscall.h>
#include <unistd.h>

namespace banger {

Result<UniqueFd> openProcess(pid_t pid, uint64_t startTimeTicks) {
  std::string object = "pid " + std::to_string(pid);
  UniqueFd fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))); // close-on-exec by itself
  if (!fd)
    return lastError("pidfd_open", object);
  auto ticks = processStartTime(pid);
  if (!ticks)
    return ticks.error();
  if (ticks.value() != startTimeTicks)
    return SysError{ESRCH, "pidfd_open", object, "another process has this pid"};
  return fd;
}

Status signalProcess(pid_t pid, uint64_t startTimeTicks, int signal) {
  auto fd = openProcess(pid, startTimeTicks);
  if (!fd)
    return fd.error();
  if (::syscall(SYS_pidfd_send_signal, fd.value().get(), signal, nullptr, 0) < 0)
    return lastError("pidfd_send_signal", "pid " + std::to_string(pid));
  return Unit{};
}

void endProcess(int pidfd) {
  (void)::syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, nullptr, 0);
  siginfo_t info{};
  while (::waitid(kPidfd, static_cast<id_t>(pidfd), &info, WEXITED) < 0 && errno == EINTR) {
  }
}

} // namespace banger
