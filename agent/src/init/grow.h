#pragma once

#include "sys/result.h"

#include <string>

namespace banger {

/** Grows the mounted ext4 that `directory` is on to the size of its disk, online (EXT4_IOC_RESIZE_FS). Large
 * enough already is a success. */
Status grow_ext4(int directory, const std::string& device);

} // namespace banger
