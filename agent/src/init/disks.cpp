#include "init/disks.h"

#include "sys/file.h"
#include "transport/uevents.h"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <dirent.h>
#include <memory>
#include <poll.h>

namespace banger {

namespace {

constexpr auto patience = std::chrono::seconds(5);

/** What is there now. */
Disks look() {
  Disks disks;
  bool any_ours = false;
  std::vector<std::string> names;
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir("/sys/block"), ::closedir);
  while (const dirent* entry = directory ? ::readdir(directory.get()) : nullptr) {
    const std::string name = entry->d_name;
    if (!name.starts_with("vd"))
      continue;
    names.push_back(name);
    const auto serial = read_file(("/sys/block/" + name + "/serial").c_str(), 64);
    const std::string_view text = serial ? trim_end(*serial) : "";
    // Firecracker gives serials of its own making, from the file behind the disk.
    any_ours |= text.starts_with("banger-");
    if (text == "banger-root")
      disks.root = "/dev/" + name;
    if (text == "banger-work")
      disks.work = "/dev/" + name;
    if (text == "banger-config")
      disks.config = "/dev/" + name;
    if (text == "banger-upper")
      disks.upper = "/dev/" + name;
  }
  if (any_ours)
    return disks;
  const auto by_order = [&](const char* name) {
    return std::find(names.begin(), names.end(), name) == names.end() ? "" : std::string("/dev/") + name;
  };
  return {by_order("vda"), by_order("vdb"), by_order("vdc"), by_order("vdd")};
}

} // namespace

Disks find_disks(bool with_upper) {
  const auto complete = [&](const Disks& disks) {
    return !disks.root.empty() && !disks.config.empty() && (!with_upper || !disks.upper.empty());
  };
  Disks disks = look();
  if (complete(disks))
    return disks;
  const UniqueFd uevents = open_uevents();
  const auto deadline = std::chrono::steady_clock::now() + patience;
  while (true) {
    // After the socket was opened: a device that came in between is seen by one or the other.
    disks = look();
    if (complete(disks))
      return disks;
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0)
      return disks;
    pollfd poll{.fd = uevents.get(), .events = POLLIN, .revents = 0};
    ::poll(&poll, 1, static_cast<int>(left.count()));
    drain_uevents(uevents.get());
  }
}

Result<size_t> DiskSource::read(std::span<uint8_t> target) {
  if (begin_ == end_) {
    const ssize_t count = ::read(fd_.get(), buffer_.data(), buffer_.size());
    if (count < 0)
      return os_error("read(config disk)");
    begin_ = 0;
    end_ = static_cast<size_t>(count);
  }
  const size_t count = std::min(target.size(), end_ - begin_);
  std::memcpy(target.data(), buffer_.data() + begin_, count);
  begin_ += count;
  return count;
}

} // namespace banger
