#include "dm/codec.h"

#include <algorithm>
#include <cstring>
#include <linux/dm-ioctl.h>
#include <sys/sysmacros.h>

namespace banger::dm {
namespace {

template <class T> std::optional<T> take(ByteSpan bytes, size_t at) {
  T value;
  if (at > bytes.size() || bytes.size() - at < sizeof value)
    return std::nullopt;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

// Up to its NUL, which must be inside.
std::optional<std::string> takeText(ByteSpan bytes, size_t at) {
  if (at >= bytes.size())
    return std::nullopt;
  auto begin = bytes.begin() + static_cast<ptrdiff_t>(at);
  auto end = std::find(begin, bytes.end(), 0);
  if (end == bytes.end())
    return std::nullopt;
  return std::string(begin, end);
}

template <size_t N> std::string fieldText(const char (&field)[N]) {
  return std::string(field, ::strnlen(field, N));
}

struct Reply {
  dm_ioctl header;
  ByteSpan data;
};

// A device without a table, or a list of nothing, has a size that ends before the data would begin.
std::optional<Reply> open(ByteSpan reply) {
  auto header = take<dm_ioctl>(reply, 0);
  if (!header || header->data_size > reply.size())
    return std::nullopt;
  size_t start = std::min(header->data_start, header->data_size);
  return Reply{*header, reply.subspan(start, header->data_size - start)};
}

} // namespace

bool replyIsCut(ByteSpan reply) {
  auto header = take<dm_ioctl>(reply, 0);
  return header && (header->flags & DM_BUFFER_FULL_FLAG) != 0;
}

std::optional<std::array<uint32_t, 3>> decodeVersion(ByteSpan reply) {
  auto header = take<dm_ioctl>(reply, 0);
  if (!header)
    return std::nullopt;
  return std::array<uint32_t, 3>{header->version[0], header->version[1], header->version[2]};
}

std::optional<Device> decodeDevice(ByteSpan reply) {
  auto header = take<dm_ioctl>(reply, 0);
  if (!header)
    return std::nullopt;
  Device device;
  device.name = fieldText(header->name);
  device.uuid = fieldText(header->uuid);
  device.major = ::gnu_dev_major(header->dev);
  device.minor = ::gnu_dev_minor(header->dev);
  device.openCount = header->open_count;
  device.eventNumber = header->event_nr;
  device.readOnly = (header->flags & DM_READONLY_FLAG) != 0;
  device.suspended = (header->flags & DM_SUSPEND_FLAG) != 0;
  device.active = (header->flags & DM_ACTIVE_PRESENT_FLAG) != 0;
  device.deferredRemove = (header->flags & DM_DEFERRED_REMOVE) != 0;
  return device;
}

std::optional<std::vector<Target>> decodeTargets(ByteSpan bytes) {
  auto reply = open(bytes);
  if (!reply)
    return std::nullopt;
  std::vector<Target> targets;
  size_t at = 0;
  for (uint32_t i = 0; i < reply->header.target_count; ++i) {
    auto spec = take<dm_target_spec>(reply->data, at);
    auto text = takeText(reply->data, at + sizeof(dm_target_spec));
    if (!spec || !text)
      return std::nullopt;
    targets.push_back({spec->sector_start, spec->length, fieldText(spec->target_type), *text});
    if (spec->next <= at) // here it counts from the first spec on; it never goes back
      return i + 1 == reply->header.target_count ? std::optional(targets) : std::nullopt;
    at = spec->next;
  }
  return targets;
}

std::optional<std::vector<DeviceNumber>> decodeDependencies(ByteSpan bytes) {
  auto reply = open(bytes);
  auto count = reply ? take<uint32_t>(reply->data, 0) : std::nullopt;
  if (!count)
    return std::nullopt;
  std::vector<DeviceNumber> numbers;
  for (uint32_t i = 0; i < *count; ++i) {
    auto device = take<uint64_t>(reply->data, sizeof(dm_target_deps) + size_t{i} * sizeof(uint64_t));
    if (!device)
      return std::nullopt;
    numbers.push_back({::gnu_dev_major(*device), ::gnu_dev_minor(*device)});
  }
  return numbers;
}

std::optional<std::vector<NamedDevice>> decodeNames(ByteSpan bytes) {
  auto reply = open(bytes);
  if (!reply)
    return std::nullopt;
  std::vector<NamedDevice> devices;
  for (size_t at = 0;;) {
    auto device = take<uint64_t>(reply->data, at + offsetof(dm_name_list, dev));
    auto next = take<uint32_t>(reply->data, at + offsetof(dm_name_list, next));
    if (!device && at == 0)
      return devices;
    if (!device || !next)
      return std::nullopt;
    if (*device == 0)
      return devices; // the kernel's way to say that there is none
    auto name = takeText(reply->data, at + offsetof(dm_name_list, name));
    if (!name)
      return std::nullopt;
    devices.push_back({*name, {::gnu_dev_major(*device), ::gnu_dev_minor(*device)}});
    if (*next == 0)
      return devices;
    at += *next;
  }
}

std::optional<std::vector<TargetVersion>> decodeTargetVersions(ByteSpan bytes) {
  auto reply = open(bytes);
  if (!reply)
    return std::nullopt;
  std::vector<TargetVersion> targets;
  for (size_t at = 0;;) {
    auto next = take<uint32_t>(reply->data, at + offsetof(dm_target_versions, next));
    auto version = take<std::array<uint32_t, 3>>(reply->data, at + offsetof(dm_target_versions, version));
    auto name = takeText(reply->data, at + offsetof(dm_target_versions, name));
    if (!next || !version || !name)
      return std::nullopt;
    targets.push_back({*name, *version});
    if (*next == 0)
      return targets;
    at += *next;
  }
}

} // namespace banger::dm
