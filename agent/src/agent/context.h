#pragma once

#include "sys/children.h"

#include <string>
#include <sys/reboot.h>

namespace banger {

/** What PID 1 is: it decides how a shutdown is asked for, and what /healthz says of it. */
enum class InitKind {
  systemd,
  /** The image's own, another one. */
  other,
  /** banger-init stays PID 1: the image has none. */
  banger,
  /** Not in a guest (tests on a host): nothing is ever powered off. */
  host,
};

/** What the VMM of this guest offers (docs/guest-protocol.md). */
struct Machine {
  enum class Channel {
    /** None of its own (tests on a host). */
    none,
    virtio_port,
    vsock,
  };
  Channel channel = Channel::none;
  /** reboot(2) command that ends the VMM: not every machine can be powered off. */
  int end_command = RB_POWER_OFF;
};

/** What the parts of the agent share. */
struct AgentContext {
  EventLoop& loop;
  Children& children;
  InitKind init = InitKind::host;
  std::chrono::seconds shutdown_grace{10};
  Machine machine;
};

} // namespace banger
