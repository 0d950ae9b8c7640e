#pragma once

#include "sys/result.h"

#include <cstdint>
#include <string>

namespace banger {

// Both make `target`, which must not exist, 0600, and take it away again on failure. They return bytes of
// data, without holes.

// FICLONE (linux/fs.h): shares all extents of `source`.
Result<uint64_t> reflinkFile(const std::string& source, const std::string& target);

// SEEK_DATA, SEEK_HOLE and copy_file_range: holes of `source` are holes of `target`.
Result<uint64_t> copySparse(const std::string& source, const std::string& target);

} // namespace banger
