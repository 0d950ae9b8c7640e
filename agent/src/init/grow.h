#pragma once

#include "sys/result.h"

#include <string>

namespace banger {

/** Grows a mounted ext4 to the size of its disk, online (EXT4_IOC_RESIZE_FS). Large enough already is a
 * success. */
Status grow_ext4(const char* mount_point, const std::string& device);

} // namespace banger
