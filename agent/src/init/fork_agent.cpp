#include "init/fork_agent.h"

#include "agent/agent.h"
#include "init/grow.h"
#include "init/head_start.h"
#include "sys/children.h"
#include "sys/file.h"
#include "sys/log.h"

#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <sys/resource.h>
#include <thread>
#include <unistd.h>

namespace banger {

namespace {

/**
 * `@` at the start of argv[0] tells systemd to spare a process in its last kill at shutdown
 * (systemd.io/ROOT_STORAGE_DAEMONS). Spared, the agent can still force the power off after the grace period
 * when a filesystem or a unit hangs, and the daemon's connection ends with the machine rather than some time
 * before. It has no file open on any disk (its binary is the initramfs's), so it keeps nothing from being
 * unmounted or remounted read-only. The same goes for what it may be asked last: POST /sync.
 */
void rename_process(char** argv) {
  // The kernel shows the memory from argv[0] on: arguments and environment lie behind one another, and the
  // agent needs neither.
  constexpr std::string_view name = "@banger-agent";
  char* begin = argv[0];
  char* end = begin + std::strlen(begin);
  for (char** each = argv + 1; *each; ++each)
    end = *each + std::strlen(*each);
  for (char** each = environ; *each; ++each)
    end = *each + std::strlen(*each);
  const size_t room = static_cast<size_t>(end - begin);
  environ = nullptr;
  std::memset(begin, 0, room);
  std::memcpy(begin, name.data(), std::min(room, name.size()));
}

void grow(const char* step, const GrowableDisk& disk) {
  const Status grown = grow_ext4(disk.directory.get(), disk.device);
  if (!grown)
    log_line("banger-init", step, grown.error().text());
}

/**
 * What nobody waits for, in a process of its own. The disks first: a command that writes a lot must not find
 * the seed's few free blocks. Modules then, at a lower priority than the first command.
 */
void finish_boot(const AgentLaunch& launch, int configured, int first_command) {
  if (::fork() != 0) {
    launch.root_disk->directory.reset(); // the agent has nothing open on a disk
    return;
  }
  Children::reset_signals();
  ::close(first_command);
  ::setpriority(PRIO_PROCESS, 0, 0); // not the agent's
  (void)read_fd(configured);
  // Too short to fill a seed's free blocks.
  std::this_thread::sleep_for(head_start() * 4 / 5);
  const Manifest& manifest = *launch.manifest;
  const bool has_work = !launch.disks.work.empty();
  if (manifest.work_grow && has_work) {
    const char* mount_point = manifest.work_mount.c_str();
    grow("grow the work disk",
         {UniqueFd(::open(mount_point, O_RDONLY | O_DIRECTORY | O_CLOEXEC)), launch.disks.work});
  }
  if (manifest.root_grow)
    grow("grow the root disk", *launch.root_disk);
  ::setpriority(PRIO_PROCESS, 0, 10);
  load_modules(launch.modules.get(), launch.late_modules);
  ::_exit(0);
}

} // namespace

void fork_agent(AgentLaunch launch) {
  const pid_t pid = ::fork();
  if (pid < 0)
    log_line("banger-init", "agent", os_error("fork").text());
  if (pid != 0)
    return;
  rename_process(launch.argv);
  AgentOptions options;
  options.init = launch.init;
  options.shutdown_grace = std::chrono::seconds(launch.manifest->shutdown_grace_seconds);
  options.machine = launch.machine;
  options.notify_socket = std::move(launch.notify_socket);
  ResetToken token;
  if (make_reset_token(launch.manifest->boot_token, token))
    options.port_token = token;
  launch.configured->writer.reset();
  options.configured = std::move(launch.configured->reader);
  options.first_command = std::move(launch.first_command->writer);
  launch.first_command->reader.reset();
  options.on_ready = [&launch, configured = options.configured.get(),
                      first_command = options.first_command.get()] {
    finish_boot(launch, configured, first_command);
  };
  ::_exit(run_agent(std::move(options)));
}

} // namespace banger
