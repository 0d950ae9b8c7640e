#pragma once

#include "init/tar.h"

namespace banger {

/**
 * The header of an entry: one ustar block, after pax blocks where a name, a number or a size does not fit.
 * `entry.path` ends with a slash for a directory.
 */
std::string tar_header(const TarEntry& entry);

/** Zeros that fill the last block of a content. */
size_t tar_padding(uint64_t size);

} // namespace banger
