// A run of data from one file to the same place in another.
#pragma once

#include "sys/result.h"

#include <string>
#include <sys/types.h>

namespace banger {

// By copy_file_range(2), or through user space where the kernel cannot copy between these two files. EIO when
// `source` has become shorter.
Status copyExtent(int from, int to, off_t offset, off_t end, const std::string& source,
                  const std::string& target);

// EIO: the source has become shorter meanwhile.
SysError shrunk(const char* syscall, const std::string& source);

} // namespace banger
