#pragma once

#include "sys/result.h"
#include "sys/unique_fd.h"

#include <cstdint>

namespace banger {

// A socket for ioctls on network devices (netdevice(7)), in the namespace of the innermost NetnsScope.
// `object` is for the error.
Result<UniqueFd> openDeviceSocket(const std::string& object);

// SIOCGIFINDEX, which takes no lock: netlink's RTM_GETLINK waits for rtnl and gives all that is known of the
// link. ENODEV: no such link.
Result<uint32_t> linkIndexOf(const std::string& name);

// SO_BINDTODEVICE (socket(7)), which looks the name up under no lock, and unlike SIOCGIFINDEX does not ask
// for a module of that name.
Result<bool> linkExists(const std::string& name);

} // namespace banger
