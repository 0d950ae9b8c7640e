#include "init/boot.h"

#include "agent/clock.h"
#include "agent/init_state.h"
#include "init/config.h"
#include "init/finish_boot.h"
#include "init/fork_agent.h"
#include "init/head_start.h"
#include "init/image_init.h"
#include "init/machine.h"
#include "init/modules.h"
#include "init/mounts.h"
#include "init/network.h"
#include "init/overlay.h"
#include "init/pid1.h"
#include "init/read_ahead.h"
#include "init/timer_check.h"
#include "sys/log.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <future>
#include <iterator>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/reboot.h>
#include <thread>

namespace banger {

namespace {

bool succeeded(const char* step, const Status& status) {
  if (!status)
    log_line("banger-init", step, status.error().text());
  return static_cast<bool>(status);
}

std::vector<std::string> joined(std::vector<std::string> first, std::vector<std::string> second) {
  std::move(second.begin(), second.end(), std::back_inserter(first));
  return first;
}

/** Host name, clock and network: what the kernel is told, and no file of a disk. The network's driver is
 * there. */
void apply(const Manifest& manifest, int proc) {
  if (::sethostname(manifest.hostname.data(), manifest.hostname.size()) < 0) {
    log_line("banger-init", "hostname", os_error(manifest.hostname).text());
  }
  if (!manifest.clock_nanoseconds.empty())
    succeeded("clock", set_clock_at_boot(manifest.clock_nanoseconds));
  if (manifest.network)
    succeeded("network", configure_network(*manifest.network, proc));
}

/**
 * A command that was waiting for the guest begins before the image's init takes the CPU for seconds: on one
 * vCPU they would share it. Whoever does not come within this time waits for nothing.
 */
void let_command_go_first(const UniqueFd& first_command) {
  pollfd sign{first_command.get(), POLLIN, 0};
  if (sign.fd >= 0)
    ::poll(&sign, 1, static_cast<int>(head_start().count()));
}

/** The daemon starts a machine again that has said so (docs/guest-protocol.md). */
[[noreturn]] void end_without_timer() {
  log_line("banger-init", "timer", "the kernel has found none, and nothing that waits would ever go on");
  end_at_once(RB_AUTOBOOT);
}

} // namespace

void run_init(char** argv) {
  ::prctl(PR_SET_NAME, "banger-init");
  const TimerCheck timer;
  mount_kernel_filesystems();
  ModuleOrder order = read_module_order();
  UniqueFd modules(::open("/modules", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  const Machine machine = read_machine();
  std::vector<std::string> others = take_behind_disks(order);
  if (machine.channel == Machine::Channel::vsock)
    others = joined(std::move(others), take_vsock_modules(order));
  load_modules(modules.get(), order.now);
  // Mounting is mostly waiting for disks: what needs none is done beside it.
  std::thread loading([&] { load_modules(modules.get(), others); });
  Disks disks = find_disks();
  auto config = ConfigDisk::open(disks.config);
  if (!config)
    log_line("banger-init", "config disk", config.error().text());
  Manifest manifest = config ? (*config)->manifest() : Manifest{};
  if (manifest.root_overlay) {
    if (disks.upper.empty())
      disks = find_disks(true);
    load_modules(modules.get(), take_overlay_modules(order));
  }
  // Before anything is mounted that a sudden end could harm.
  if (!timer.went_off(std::chrono::seconds(2)))
    end_without_timer();
  // Moved into the thread, and closed with it: nothing of it comes to the agent.
  UniqueFd proc_directory(::open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC));
  std::thread telling([&, proc = std::move(proc_directory)] {
    loading.join();
    if (config)
      apply(manifest, proc.get());
  });
  auto mounting_work = std::async(std::launch::async, mount_work, disks.work);
  auto root_disk =
      manifest.root_overlay ? mount_overlay_root(disks.root, disks.upper) : mount_root(disks.root);
  if (!root_disk) {
    log_line("banger-init", "root disk", root_disk.error().text());
    end_machine(machine.end_command);
  }
  auto work = mounting_work.get();
  read_ahead(UniqueFd(::open(new_root, O_PATH | O_DIRECTORY | O_CLOEXEC)).get(), disks);
  succeeded("work disk", work ? place_work(std::move(*work), manifest.work_mount) : work.error());
  // From here on `/` is the guest's root, for the agent too, which is forked from this process.
  switch_root();
  const UniqueFd root(::open("/", O_PATH | O_DIRECTORY | O_CLOEXEC));
  const std::string init = find_image_init(root.get(), manifest.root_init);
  const bool systemd = !init.empty() && is_systemd(root.get(), init);
  telling.join();
  // The agent begins while files are laid: greeting the daemon is mostly waiting.
  auto pipe = make_pipe();
  Pipe configured = pipe ? std::move(*pipe) : Pipe{};
  auto second = make_pipe();
  Pipe first_command = second ? std::move(*second) : Pipe{};
  fork_agent({.manifest = &manifest,
              .root_disk = &*root_disk,
              .init = init.empty() ? InitKind::banger
                      : systemd    ? InitKind::systemd
                                   : InitKind::other,
              .machine = machine,
              .notify_socket = systemd ? open_notify_socket() : UniqueFd{},
              .configured = &configured,
              .first_command = &first_command,
              .argv = argv});
  first_command.writer.reset();
  if (config)
    (*config)->lay_over(root.get());
  if (init.empty())
    succeeded("loopback", bring_up_loopback());
  if (systemd && machine.end_command == RB_AUTOBOOT)
    succeeded("power off", let_systemd_reboot_for_poweroff());
  configured.writer.reset();
  // Too short to fill a seed's free blocks.
  const auto grow_at = std::chrono::steady_clock::now() + head_start() * 4 / 5;
  if (!init.empty())
    let_command_go_first(first_command.reader);
  finish_boot({.manifest = &manifest,
               .disks = disks,
               .root_disk = std::move(*root_disk),
               .grow_at = grow_at,
               .late_modules = std::move(order.late),
               .modules = std::move(modules)});
  if (!init.empty())
    exec_image_init(init, systemd);
  serve_as_pid1(machine.end_command);
}

} // namespace banger
