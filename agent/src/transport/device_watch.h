#pragma once

#include "sys/event_loop.h"

namespace banger {

/** Looks for a device now, and again with each one that the kernel tells of, until it is found. */
class DeviceWatch {
public:
  /** True: found. */
  using Look = std::function<bool()>;

  DeviceWatch(EventLoop& loop, Look look);
  ~DeviceWatch() { stop(); }
  DeviceWatch(const DeviceWatch&) = delete;
  DeviceWatch& operator=(const DeviceWatch&) = delete;

private:
  void stop();

  EventLoop& loop_;
  Look look_;
  UniqueFd uevents_;
};

} // namespace banger
