#pragma once

#include "sys/result.h"
#include "sys/unique_fd.h"

namespace banger {

// A socket for ioctls on network devices (netdevice(7)), in the namespace of the innermost NetnsScope.
// `object` is for the error.
Result<UniqueFd> openDeviceSocket(const std::string& object);

} // namespace banger
