#pragma once

#include "files/failure.h"

#include <string>

namespace banger {

struct PackRequest {
  /** Absolute; an end of `/` or `/.` asks for a directory, and `/.` for what is in it. */
  std::string path;
  /** A symlink at `path` is followed; its name stays. */
  bool follow = false;
};

/** Writes a tar of a file or a tree to `output`: names begin with the path's last, or with `.`, as `docker
 * cp` has them. */
CopyOutcome pack(const PackRequest& request, int output);

} // namespace banger
