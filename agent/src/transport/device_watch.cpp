#include "transport/device_watch.h"

#include "transport/uevents.h"

#include <sys/epoll.h>

namespace banger {

// The socket is opened before the first look: what comes in between is seen by one or the other.
DeviceWatch::DeviceWatch(EventLoop& loop, Look look)
    : loop_(loop), look_(std::move(look)), uevents_(open_uevents()) {
  if (look_() || !uevents_) {
    uevents_.reset();
    return;
  }
  loop_.watch(uevents_.get(), EPOLLIN, [this](uint32_t) {
    drain_uevents(uevents_.get());
    // Found: the thousands of uevents of a booting guest are not for us any more.
    if (look_())
      stop();
  });
}

void DeviceWatch::stop() {
  if (!uevents_)
    return;
  loop_.unwatch(uevents_.get());
  uevents_.reset();
}

} // namespace banger
