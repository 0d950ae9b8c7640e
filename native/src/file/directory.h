#pragma once

#include "sys/result.h"

#include <string>
#include <sys/types.h>

namespace banger {

// A directory with exactly this owner and mode; its parent is there. One that is there already must be its
// owner's or ours (EINVAL): ours may be one that a crash left between mkdir and fchown. A symlink is not
// followed (ENOTDIR).
Status ensureDirectory(const std::string& path, uid_t uid, gid_t gid, mode_t mode);

// mkdir(2). Where something has the name, EEXIST, unless it may be there.
Status makeDirectory(const std::string& path, mode_t mode, bool mayBeThere);

} // namespace banger
