// Tables as they go to the kernel: read back as drivers/md/dm-ioctl.c does, they are what was asked for.
#include "check.h"

#include "dm/codec.h"

#include <cstring>
#include <fuzzer/FuzzedDataProvider.h>
#include <linux/dm-ioctl.h>

using namespace banger;

namespace {

// C strings end at a NUL; the callers' text has none.
std::string text(FuzzedDataProvider& input, size_t most) {
  std::string value = input.ConsumeRandomLengthString(most);
  return value.substr(0, value.find('\0'));
}

template <class T> T take(const dm::Bytes& bytes, size_t at) {
  FUZZ_CHECK(at <= bytes.size() && bytes.size() - at >= sizeof(T));
  T value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

std::string takeText(const dm::Bytes& bytes, size_t at) {
  const void* end = std::memchr(bytes.data() + at, 0, bytes.size() - at);
  FUZZ_CHECK(end != nullptr);
  return std::string(bytes.data() + at, static_cast<const uint8_t*>(end));
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  FuzzedDataProvider input(data, size);
  dm::Request request{};
  request.name = text(input, 200);
  request.uuid = text(input, 200);
  request.flags = input.ConsumeIntegral<uint32_t>();
  size_t room = input.ConsumeIntegralInRange<size_t>(0, 8192);
  bool fits = request.name.size() < DM_NAME_LEN && request.uuid.size() < DM_UUID_LEN;
  while (input.remaining_bytes() > 0 && request.table.size() < 64) {
    auto start = input.ConsumeIntegral<uint64_t>();
    auto length = input.ConsumeIntegral<uint64_t>();
    std::string type = text(input, 24);
    fits = fits && type.size() < DM_MAX_TYPE_NAME;
    request.table.push_back({start, length, type, text(input, 100)});
  }
  if (request.table.empty())
    request.text =
        std::string(request.uuid.rbegin(), request.uuid.rend()); // a rename: data in place of a table
  auto bytes = dm::encodeRequest(request, room);
  FUZZ_CHECK(bytes.has_value() == fits);
  if (!bytes)
    return 0;
  auto header = take<dm_ioctl>(*bytes, 0);
  FUZZ_CHECK(header.data_size == bytes->size() && bytes->size() >= room);
  FUZZ_CHECK(header.target_count == request.table.size() && header.flags == request.flags);
  FUZZ_CHECK(request.name == header.name && request.uuid == header.uuid);
  size_t at = header.data_start;
  for (const dm::Target& target : request.table) {
    auto spec = take<dm_target_spec>(*bytes, at);
    FUZZ_CHECK(spec.sector_start == target.startSector && spec.length == target.lengthSectors);
    FUZZ_CHECK(target.type == spec.target_type);
    FUZZ_CHECK(takeText(*bytes, at + sizeof spec) == target.params);
    FUZZ_CHECK(spec.next % 8 == 0 && spec.next > sizeof spec + target.params.size());
    at += spec.next;
  }
  if (!request.text.empty())
    FUZZ_CHECK(takeText(*bytes, at) == request.text);
  return 0;
}
