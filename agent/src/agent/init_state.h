#pragma once

#include "agent/context.h"

namespace banger {

/**
 * How far the image's init is: `starting`, `running`, `degraded` or `none`.
 *
 * systemd tells: it sends READY=1 to $NOTIFY_SOCKET once its first transaction is done (sd_notify(3); nspawn
 * uses the same), so nothing polls a guest that is busy booting. Only then `systemctl is-system-running` is
 * asked whether units failed, at most once in 5 s.
 */
class InitState {
public:
  /** `notify_socket` is what PID 1 was given as $NOTIFY_SOCKET, or no descriptor. */
  InitState(AgentContext& context, UniqueFd notify_socket);

  const char* get();

private:
  void on_notify();
  void ask_systemctl();

  AgentContext& context_;
  UniqueFd notify_;
  bool ready_ = false;
  bool asking_ = false;
  const char* state_ = "starting";
  EventLoop::Clock::time_point asked_at_{};
};

/** An abstract datagram socket for $NOTIFY_SOCKET, and its name. Made before PID 1 becomes the image's init.
 */
constexpr const char* notify_socket_name = "@banger-agent/notify";
UniqueFd open_notify_socket();

} // namespace banger
