#pragma once

#include "sys/result.h"

#include <sys/types.h>

namespace banger {

struct DeviceNode {
  dev_t number = 0;
  mode_t type = 0; // S_IFCHR or S_IFBLK
};

// The device behind a node; of `/dev/NAME` that has none (a /dev that is not devtmpfs), the kernel's block
// device of that name.
Result<DeviceNode> deviceNode(const std::string& path);

} // namespace banger
