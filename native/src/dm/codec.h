// struct dm_ioctl and what follows it, as pure bytes: linux/dm-ioctl.h,
// https://docs.kernel.org/admin-guide/device-mapper/
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace banger::dm {

using Bytes = std::vector<uint8_t>;
using ByteSpan = std::span<const uint8_t>;

struct Target {
  uint64_t startSector = 0;
  uint64_t lengthSectors = 0;
  std::string type;
  std::string params; // of a table line, or the text of a status
};

struct Request {
  std::string name;
  std::string uuid;
  uint32_t flags = 0;
  uint32_t eventNumber = 0; // input of suspend, resume and remove: the udev flags
  std::vector<Target> table;
  std::string text{}; // of a rename: the new name, in place of a table
};

struct Device {
  std::string name;
  std::string uuid;
  uint32_t major = 0;
  uint32_t minor = 0;
  int32_t openCount = 0;
  uint32_t eventNumber = 0;
  bool readOnly = false;
  bool suspended = false;
  bool active = false; // has a live table
  bool deferredRemove = false;
};

struct DeviceNumber {
  uint32_t major = 0;
  uint32_t minor = 0;
};

struct NamedDevice {
  std::string name;
  DeviceNumber number;
};

struct TargetVersion {
  std::string name;
  std::array<uint32_t, 3> version{};
};

// What udev is told in DM_COOKIE: it makes no links and probes nothing. Without it every device costs its
// queue tens of milliseconds, and its probing holds the device when it is to be removed.
extern const uint32_t kUdevFlags;

// A request in a buffer of at least `room` bytes for the reply. Nothing where a name, type or number of
// targets does not fit the struct.
std::optional<Bytes> encodeRequest(const Request& request, size_t room);

bool replyIsCut(ByteSpan reply); // DM_BUFFER_FULL_FLAG: again with more room
std::optional<std::array<uint32_t, 3>> decodeVersion(ByteSpan reply);
std::optional<Device> decodeDevice(ByteSpan reply);
std::optional<std::vector<Target>> decodeTargets(ByteSpan reply);
std::optional<std::vector<DeviceNumber>> decodeDependencies(ByteSpan reply);
std::optional<std::vector<NamedDevice>> decodeNames(ByteSpan reply);
std::optional<std::vector<TargetVersion>> decodeTargetVersions(ByteSpan reply);

} // namespace banger::dm
