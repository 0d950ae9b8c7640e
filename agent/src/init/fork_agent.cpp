#include "init/fork_agent.h"

#include "agent/agent.h"
#include "sys/log.h"

#include <cstring>
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

} // namespace

void fork_agent(AgentLaunch launch) {
  const pid_t pid = ::fork();
  if (pid < 0)
    log_line("banger-init", "agent", os_error("fork").text());
  if (pid != 0)
    return;
  launch.root_disk->directory.reset();
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
  ::_exit(run_agent(std::move(options)));
}

} // namespace banger
