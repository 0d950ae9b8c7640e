// TAP devices: https://docs.kernel.org/networking/tuntap.html, linux/if_tun.h
#pragma once

#include "sys/result.h"
#include "sys/unique_fd.h"

#include <array>
#include <optional>
#include <string>
#include <sys/types.h>

namespace banger {

struct TapSpec {
  std::string name;
  uid_t owner = 0;
  std::optional<std::array<unsigned char, 6>> mac;
};

// A new persistent TAP. A name that is taken is EBUSY of ioctl(TUNSETIFF).
Status createTap(const TapSpec& spec);

// A queue of an existing persistent TAP; ENODEV where there is none.
Result<UniqueFd> attachTap(const std::string& name);

} // namespace banger
