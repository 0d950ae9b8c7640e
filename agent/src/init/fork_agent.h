#pragma once

#include "agent/context.h"
#include "init/manifest.h"
#include "init/mounts.h"
#include "sys/pipe.h"

namespace banger {

/** What the agent's process takes over from banger-init. */
struct AgentLaunch {
  const Manifest* manifest;
  /** Closed there: the agent has nothing open on a disk. */
  GrowableDisk* root_disk;
  InitKind init;
  Machine machine;
  UniqueFd notify_socket;
  /** Ends when the guest is configured (see AgentOptions); init keeps the writer. */
  Pipe* configured;
  /** Ends with the first command's first sign of life (or with the agent); init keeps the reader. */
  Pipe* first_command;
  char** argv;
};

/** Forks the agent. It runs before the image's init does, and outlives it until the power
 * is off. */
void fork_agent(AgentLaunch launch);

} // namespace banger
