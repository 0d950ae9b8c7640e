// Replies of device-mapper as a kernel sends them.
#pragma once

#include "check.h"

#include <algorithm>
#include <cstring>
#include <linux/dm-ioctl.h>

namespace banger::test::dm_replies {

using netlink::Bytes;

inline constexpr size_t kHeader = 312;

// A reply as the kernel lays it out: header, then `data` in hexadecimal.
inline Bytes reply(uint32_t targets, uint32_t flags, const std::string& data) {
  Bytes payload = Checks::unhex(data);
  dm_ioctl header{};
  header.version[0] = 4;
  header.version[1] = 47;
  header.data_start = kHeader;
  header.data_size = static_cast<uint32_t>(kHeader + payload.size());
  header.target_count = targets;
  header.open_count = 2;
  header.flags = flags;
  header.dev = 0xfd03; // 253:3
  std::strcpy(header.name, "bgr-a");
  std::strcpy(header.uuid, "BANGER-bgr-a");
  Bytes bytes(kHeader + payload.size());
  std::memcpy(bytes.data(), &header, sizeof header);
  std::copy(payload.begin(), payload.end(), bytes.begin() + kHeader);
  return bytes;
}

inline std::string type(const char* name) {
  Bytes field(16);
  std::memcpy(field.data(), name, std::strlen(name));
  return Checks::hex(field);
}

// Two targets of a status: a snapshot at 0, zeros after it; `next` counts from the first.
inline const std::string kTargets =
    "0000000000000000 0008000000000000 00000000 30000000" + type("snapshot") + "31362f3634203800" +
    "0008000000000000 0010000000000000 00000000 58000000" + type("zero") + "0000000000000000";
inline const std::string kDependencies = "02000000 00000000 0307000000000000 fd00000000000000";
inline const std::string kNames =
    "03fd000000000000 18000000 6267722d6100 000000000000 04fd000000000000 00000000 6200";
inline const std::string kVersions =
    "18000000 01000000 04000000 00000000 6c696e65617200 00 00000000 01000000 10000000 "
    "02000000 7a65726f00";

} // namespace banger::test::dm_replies
