// One thread that waits for the events of any number of devices. DM_DEV_WAIT would keep one thread each, that
// only a signal ends; /dev/mapper/control can be polled instead, for the events of all devices at once
// (DM_DEV_ARM_POLL, Linux 4.13), next to an eventfd that wakes the thread for us.
#pragma once

#include "dm/codec.h"
#include "sys/result.h"
#include "sys/unique_fd.h"
#include "sys/watch_thread.h"

#include <functional>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <variant>

namespace banger::dm {

// What a wait ended with: the device as its event left it, or why there will be none (ENXIO: it is gone).
struct DeviceEvent {
  uint64_t id = 0;
  std::variant<Device, SysError> outcome;
};

class EventWatcher {
public:
  // `onEvent` is called on the watcher's thread.
  explicit EventWatcher(std::function<void(DeviceEvent)> onEvent);
  ~EventWatcher();
  EventWatcher(const EventWatcher&) = delete;
  EventWatcher& operator=(const EventWatcher&) = delete;

  // `onEvent` gets `id` once, when the event number of the device is not `after` (else: what it is when this
  // wait begins). Never waits itself; the thread starts with the first watch.
  Status watch(uint64_t id, std::string name, std::optional<uint32_t> after);
  // Unless `onEvent` has been called with it already, it will not be.
  void cancel(uint64_t id);
  // Ends the thread for good: a later watch is ECANCELED. No `onEvent` after it has returned.
  void stop();

private:
  struct Identity {
    std::string uuid;
    uint64_t number = 0;
    // Linux 5.15, and 0 before: each disk has one of its own, whatever its name and number.
    uint64_t diskSequence = 0;
    bool operator==(const Identity&) const = default;
  };
  struct Watched {
    std::string name;
    std::optional<uint32_t> after;
    std::optional<Identity> device; // once seen: another one of that name is not it
  };

  void run();
  bool isIdle();
  std::optional<SysError> arm();
  void look();
  void lookAt(uint64_t id, const Watched& watched);
  static Identity identityOf(const Device& device);
  void failAll(const SysError& error);
  void tell(uint64_t id, std::variant<Device, SysError> outcome);

  std::function<void(DeviceEvent)> onEvent_;
  std::mutex mutex_;
  std::unordered_map<uint64_t, Watched> watched_;
  UniqueFd control_; // the thread's
  WatchThread thread_;
  bool stopped_ = false;
};

} // namespace banger::dm
