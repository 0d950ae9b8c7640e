#include "dm/codec.h"

#include <algorithm>
#include <cstring>
#include <linux/dm-ioctl.h>

namespace banger::dm {
namespace {

// libdevmapper's DM_UDEV_*_FLAG, in the upper half of the cookie: disable dm, subsystem, disk and other
// rules, and the library's fallback; and primary source, so that udev keeps them for later events of the
// device.
constexpr uint32_t kDisableAll = 0x01 | 0x02 | 0x04 | 0x08 | 0x20;
constexpr uint32_t kPrimarySource = 0x40;
constexpr int kFlagsShift = 16;

// Deferred remove came with 4.27 (Linux 3.13); the kernel refuses a newer minor than its own.
constexpr uint32_t kMinor = 27;

size_t aligned(size_t size) {
  return (size + 7) / 8 * 8;
}

template <size_t N> bool copyText(char (&field)[N], const std::string& text) {
  if (text.size() >= N)
    return false;
  std::memcpy(field, text.data(), text.size());
  return true;
}

template <class T> void put(Bytes& bytes, size_t at, const T& value) {
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

} // namespace

const uint32_t kUdevFlags = (kDisableAll | kPrimarySource) << kFlagsShift;

std::optional<Bytes> encodeRequest(const Request& request, size_t room) {
  dm_ioctl header{};
  header.version[0] = DM_VERSION_MAJOR;
  header.version[1] = kMinor;
  header.data_start = sizeof header;
  header.flags = request.flags;
  header.event_nr = request.eventNumber;
  header.target_count = static_cast<uint32_t>(request.table.size());
  if (!copyText(header.name, request.name) || !copyText(header.uuid, request.uuid))
    return std::nullopt;
  Bytes bytes(sizeof header);
  for (const Target& target : request.table) {
    dm_target_spec spec{};
    spec.sector_start = target.startSector;
    spec.length = target.lengthSectors;
    size_t size = aligned(sizeof spec + target.params.size() + 1);
    spec.next = static_cast<uint32_t>(size); // from this spec to the next
    if (!copyText(spec.target_type, target.type))
      return std::nullopt;
    size_t at = bytes.size();
    bytes.resize(at + size);
    put(bytes, at, spec);
    std::memcpy(bytes.data() + at + sizeof spec, target.params.data(), target.params.size());
  }
  if (!request.text.empty()) {
    bytes.insert(bytes.end(), request.text.begin(), request.text.end());
    bytes.push_back(0);
  }
  bytes.resize(std::max(bytes.size(), room));
  header.data_size = static_cast<uint32_t>(bytes.size());
  put(bytes, 0, header);
  return bytes;
}

} // namespace banger::dm
