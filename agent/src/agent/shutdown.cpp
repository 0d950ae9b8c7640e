#include "agent/shutdown.h"

#include "sys/log.h"
#include "sys/result.h"
#include "sys/unique_fd.h"

#include <csignal>
#include <fcntl.h>
#include <sys/stat.h>

namespace banger {

namespace {

/** sysvinit takes no signal for "power off" or "reboot", but a request on its FIFO: struct init_request of
 * its initreq.h.
 */
bool ask_sysvinit(char runlevel) {
  struct Request {
    int magic = 0x03091969;
    int command = 1; // INIT_CMD_RUNLVL
    int runlevel = 0;
    int sleep_time = 0;
    char data[368] = {};
  };
  static_assert(sizeof(Request) == 384);
  for (const char* path : {"/run/initctl", "/dev/initctl"}) {
    const UniqueFd fifo(::open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC));
    struct stat info {};
    if (!fifo || ::fstat(fifo.get(), &info) < 0 || !S_ISFIFO(info.st_mode))
      continue;
    Request request;
    request.runlevel = runlevel;
    if (::write(fifo.get(), &request, sizeof request) == sizeof request)
      return true;
  }
  return false;
}

} // namespace

void Shutdown::ask_init() {
  const bool reboots = context_.machine.end_command == RB_AUTOBOOT;
  if (context_.init == InitKind::systemd) {
    // systemd(1): SIGRTMIN+4 starts poweroff.target, SIGRTMIN+5 reboot.target.
    ::kill(1, SIGRTMIN + (reboots ? 5 : 4));
    ask_again();
  } else if (context_.init == InitKind::banger) {
    ::kill(1, SIGUSR2);
    ask_again();
  } else if (!ask_sysvinit(reboots ? '6' : '0')) {
    // busybox's init.
    ::kill(1, reboots ? SIGTERM : SIGUSR2);
  }
}

/** PID 1 gets no signal that it does not handle yet: soon after a boot it may still be banger-init, or an
 * init that begins. */
void Shutdown::ask_again() {
  context_.loop.after(std::chrono::milliseconds(500), [this] { ask_init(); });
}

void Shutdown::post_shutdown(const Json& body, const Reply& reply) {
  if (!body.is_object() || body.value("mode", Json()) != "poweroff") {
    return reply(error_response(400, "ERR_AGENT_BAD_REQUEST", "mode must be \"poweroff\"."));
  }
  if (context_.init == InitKind::host) {
    return reply(not_a_guest());
  }
  reply({202, Json()});
  if (std::exchange(asked_, true))
    return;
  // Asked in the next round: the reply goes out first.
  context_.loop.after(std::chrono::milliseconds(1), [this] { ask_init(); });
  const int end = context_.machine.end_command;
  context_.loop.after(context_.shutdown_grace, [end] {
    log_line("banger-agent", "shutdown", "the guest's init took too long; powering off");
    // Never in this process: a filesystem that hangs must not keep the power on. The watchdog is the child's
    // own end.
    if (::fork() == 0) {
      ::sync();
      ::reboot(end);
      ::_exit(0);
    }
  });
  context_.loop.after(context_.shutdown_grace + std::chrono::seconds(5), [end] { ::reboot(end); });
}

void Shutdown::post_sync(const Json&, const Reply& reply) {
  // In a child: sync(2) takes as long as the disk does, and the streams go on meanwhile.
  const bool forked = context_.children.run(
      [] {
        ::sync();
        return 0;
      },
      [reply](int) { reply({}); });
  if (!forked)
    reply(error_response(500, "ERR_AGENT_FAILED", os_error("fork").text()));
}

} // namespace banger
