#pragma once

#include "files/target.h"
#include "init/tar.h"

namespace banger {

struct UnpackOptions {
  /** Owners as the archive has them; else root's. */
  bool keep_owners = false;
};

/**
 * Lays a tar at its target. A file is written beside its place and renamed, so that none is ever half; what
 * comes from the archive stays below the target (openat2 RESOLVE_BENEATH, Linux 5.6). Directories that are
 * there keep their owners and modes.
 */
CopyOutcome unpack(TarReader& tar, const CopyTarget& target, const UnpackOptions& options);

} // namespace banger
