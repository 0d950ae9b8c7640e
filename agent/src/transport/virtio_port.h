#pragma once

#include "sys/event_loop.h"

namespace banger {

/**
 * The virtio-serial port named `banger.agent`, as soon as it is there: the driver learns a port's name from
 * the VMM some time after it was loaded, and says so by a uevent.
 */
class VirtioPortFinder {
public:
  using OnFound = std::function<void(UniqueFd port)>;

  VirtioPortFinder(EventLoop& loop, OnFound on_found);
  ~VirtioPortFinder();

private:
  void look();

  EventLoop& loop_;
  OnFound on_found_;
  UniqueFd uevents_;
};

} // namespace banger
