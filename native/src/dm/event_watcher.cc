#include "dm/event_watcher.h"

#include "dm/dm.h"
#include "sys/file.h"

#include <cstdlib>
#include <fcntl.h>
#include <linux/dm-ioctl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>

namespace banger::dm {
namespace {

constexpr const char* kControl = "/dev/mapper/control";

// A removal by DM_DEV_REMOVE is an event of /dev/mapper/control; a deferred one, by the last close, is not.
constexpr int kLookAgainMilliseconds = 1000;

} // namespace

EventWatcher::EventWatcher(std::function<void(DeviceEvent)> onEvent) : onEvent_(std::move(onEvent)) {}

EventWatcher::~EventWatcher() {
  stop();
}

Status EventWatcher::watch(uint64_t id, std::string name, std::optional<uint32_t> after) {
  std::lock_guard lock(mutex_);
  if (stopped_)
    return SysError{ECANCELED, "poll", name, "closed"};
  auto started = thread_.start([](int) -> Status { return Unit{}; }, [this] { run(); });
  if (!started)
    return started;
  watched_.emplace(id, Watched{std::move(name), after, std::nullopt});
  thread_.wake();
  return Unit{};
}

void EventWatcher::cancel(uint64_t id) {
  std::lock_guard lock(mutex_);
  watched_.erase(id);
}

void EventWatcher::run() {
  for (;;) {
    bool idle = isIdle();
    if (!idle) {
      // Armed first: what happens after this look wakes the poll.
      if (auto error = arm())
        failAll(*error);
      else
        look();
    }
    pollfd fds[] = {{thread_.wakeFd(), POLLIN, 0}, {idle ? -1 : control_.get(), POLLIN, 0}};
    (void)::poll(fds, 2, idle ? -1 : kLookAgainMilliseconds);
    thread_.wasWoken();
    std::lock_guard lock(mutex_);
    if (stopped_)
      return;
  }
}

bool EventWatcher::isIdle() {
  std::lock_guard lock(mutex_);
  return watched_.empty();
}

std::optional<SysError> EventWatcher::arm() {
  if (!control_) {
    auto control = openFile(kControl, O_RDWR);
    if (!control)
      return control.error();
    control_ = std::move(control.value());
  }
  auto request = encodeRequest({.name = {}, .uuid = {}, .table = {}}, 0);
  if (::ioctl(control_.get(), DM_DEV_ARM_POLL, request->data()) < 0)
    return lastError("ioctl(DM_DEV_ARM_POLL)", kControl);
  return std::nullopt;
}

void EventWatcher::look() {
  std::unordered_map<uint64_t, Watched> all;
  {
    std::lock_guard lock(mutex_);
    all = watched_;
  }
  for (const auto& [id, watched] : all)
    lookAt(id, watched);
}

void EventWatcher::lookAt(uint64_t id, const Watched& watched) {
  auto device = status(watched.name);
  if (!device)
    return tell(id, device.error());
  Identity identity = identityOf(device.value());
  if (watched.device.value_or(identity) != identity)
    return tell(id,
                SysError{ENXIO, "ioctl(DM_DEV_STATUS)", watched.name, "another device has that name now"});
  uint32_t now = device.value().eventNumber;
  if (watched.after.value_or(now) != now)
    return tell(id, std::move(device.value()));
  std::lock_guard lock(mutex_);
  auto found = watched_.find(id);
  if (found != watched_.end())
    found->second = {watched.name, now, identity};
}

// Where the device goes in between, its sequence is another one or none: it is not the one that is waited
// for.
EventWatcher::Identity EventWatcher::identityOf(const Device& device) {
  const std::string number = std::to_string(device.major) + ":" + std::to_string(device.minor);
  Identity identity{device.uuid, ::gnu_dev_makedev(device.major, device.minor), 0};
  if (auto text = readSmallFile("/sys/dev/block/" + number + "/diskseq"))
    identity.diskSequence = ::strtoull(text.value().c_str(), nullptr, 10);
  return identity;
}

void EventWatcher::failAll(const SysError& error) {
  std::unordered_map<uint64_t, Watched> all;
  {
    std::lock_guard lock(mutex_);
    all = watched_;
  }
  for (const auto& [id, watched] : all)
    tell(id, error);
}

void EventWatcher::tell(uint64_t id, std::variant<Device, SysError> outcome) {
  {
    std::lock_guard lock(mutex_);
    if (watched_.erase(id) == 0)
      return; // cancelled meanwhile
  }
  onEvent_({id, std::move(outcome)});
}

void EventWatcher::stop() {
  {
    // From here on no watch() starts the thread.
    std::lock_guard lock(mutex_);
    stopped_ = true;
    thread_.wake();
  }
  thread_.join();
  std::lock_guard lock(mutex_);
  watched_.clear();
}

} // namespace banger::dm
