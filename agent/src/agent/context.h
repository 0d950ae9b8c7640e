#pragma once

#include "sys/children.h"

#include <string>

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

/** What the parts of the agent share. */
struct AgentContext {
  EventLoop& loop;
  Children& children;
  InitKind init = InitKind::host;
  std::chrono::seconds shutdown_grace{10};
};

} // namespace banger
