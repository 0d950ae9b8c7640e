#pragma once

#include "agent/context.h"
#include "agent/router.h"
#include "transport/reset_scanner.h"

#include <optional>

namespace banger {

struct AgentOptions {
  InitKind init = InitKind::host;
  std::chrono::seconds shutdown_grace{10};
  /** What a session on the virtio-serial port begins with. */
  std::optional<ResetToken> port_token;
  Machine machine;
  /** A Unix socket whose connections are HTTP/2 sessions (tests on a host). */
  const char* unix_path = nullptr;
  /** A Unix socket whose connections behave as the virtio-serial port does (needs port_token). */
  const char* unix_port_path = nullptr;
  UniqueFd notify_socket;
  /** A pipe that ends when files, host name and network are in place: the first command waits for that. */
  UniqueFd configured;
  /** Closed when the first command has shown a sign of life: init then lets the image's own init have the
   * CPU. */
  UniqueFd first_command;
};

/** Serves until the process ends. Returns an exit status where it cannot. */
int run_agent(AgentOptions options);

} // namespace banger
