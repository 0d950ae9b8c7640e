// Replies of device-mapper's ioctls: struct dm_ioctl and what follows it.
#include "check.h"

#include "dm/codec.h"

#include <linux/dm-ioctl.h>

using namespace banger;

namespace {

bool isText(const std::string& text) {
  return text.find('\0') == std::string::npos;
}

} // namespace

// Whatever a reply says of its own sizes, nothing outside it is read, no walk is without end, and what comes
// out is no more than the reply has room for.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  dm::ByteSpan reply(data, size);
  (void)dm::replyIsCut(reply);
  FUZZ_CHECK(dm::decodeVersion(reply).has_value() == (size >= sizeof(dm_ioctl)));
  auto device = dm::decodeDevice(reply);
  FUZZ_CHECK(device.has_value() == (size >= sizeof(dm_ioctl)));
  if (device)
    FUZZ_CHECK(isText(device->name) && device->name.size() <= DM_NAME_LEN && isText(device->uuid));
  if (auto targets = dm::decodeTargets(reply)) {
    FUZZ_CHECK(targets->size() <= size);
    for (const dm::Target& target : *targets)
      FUZZ_CHECK(isText(target.type) && isText(target.params) && target.type.size() <= DM_MAX_TYPE_NAME);
  }
  if (auto numbers = dm::decodeDependencies(reply))
    FUZZ_CHECK(numbers->size() * sizeof(uint64_t) <= size);
  if (auto devices = dm::decodeNames(reply))
    for (const dm::NamedDevice& each : *devices)
      FUZZ_CHECK(isText(each.name) && each.name.size() < size);
  if (auto versions = dm::decodeTargetVersions(reply))
    for (const dm::TargetVersion& each : *versions)
      FUZZ_CHECK(isText(each.name) && each.name.size() < size);
  return 0;
}
