#include "init/pid1.h"

#include <csignal>
#include <ctime>
#include <initializer_list>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/wait.h>
#include <unistd.h>

namespace banger {

namespace {

sigset_t handled_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGCHLD, SIGUSR2, SIGTERM, SIGPWR, SIGINT})
    sigaddset(&set, number);
  return set;
}

/** False when there are no children left. */
bool reap() {
  pid_t pid = 0;
  while ((pid = ::waitpid(-1, nullptr, WNOHANG)) > 0) {
  }
  return pid == 0;
}

/** Waits for all children to end, at most `seconds`. */
void wait_for_children(int seconds) {
  const sigset_t child = handled_signals();
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  const time_t deadline = now.tv_sec + seconds;
  while (reap()) {
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    if (now.tv_sec >= deadline)
      return;
    const timespec left{.tv_sec = deadline - now.tv_sec, .tv_nsec = 0};
    ::sigtimedwait(&child, nullptr, &left);
  }
}

} // namespace

void end_machine(int command) {
  ::kill(-1, SIGTERM);
  ::kill(-1, SIGCONT);
  wait_for_children(3);
  ::kill(-1, SIGKILL);
  wait_for_children(1);
  ::sync();
  ::umount2("/root", MNT_DETACH);
  ::mount(nullptr, "/", nullptr, MS_REMOUNT | MS_RDONLY, nullptr);
  end_at_once(command);
}

void end_at_once(int command) {
  ::reboot(command);
  // A machine that cannot: nothing may return from PID 1.
  while (true)
    ::pause();
}

void serve_as_pid1(int end_command) {
  const sigset_t signals = handled_signals();
  ::sigprocmask(SIG_SETMASK, &signals, nullptr);
  ::reboot(RB_DISABLE_CAD); // Ctrl-Alt-Del comes as SIGINT
  while (true) {
    reap();
    switch (::sigwaitinfo(&signals, nullptr)) {
    case SIGUSR2:
    case SIGTERM:
    case SIGPWR:
      end_machine(end_command);
    case SIGINT:
      end_machine(RB_AUTOBOOT);
    default:
      break;
    }
  }
}

} // namespace banger
