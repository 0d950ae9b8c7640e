#pragma once

#include "sys/result.h"

#include <cstdint>
#include <string>

namespace banger {

struct ReflinkRange {
  std::string source;
  uint64_t sourceOffset = 0;
  uint64_t length = 0; // 0: to the end of `source`
  std::string target;
  uint64_t targetOffset = 0;
};

// FICLONERANGE (linux/fs.h): blocks of a file in another one, or elsewhere in itself, that is there. EINVAL:
// not at the borders of blocks.
Status reflinkRange(const ReflinkRange& range);

// fallocate(2), FALLOC_FL_PUNCH_HOLE: reads as zeros and takes no blocks. The size stays.
Status punchHole(const std::string& file, uint64_t offset, uint64_t length);

// fallocate(2): blocks for all of a range. Beyond the end the size grows, unless it is to be kept. When there
// is no room the size is again what it was.
Status preallocate(const std::string& file, uint64_t offset, uint64_t length, bool keepSize);

} // namespace banger
