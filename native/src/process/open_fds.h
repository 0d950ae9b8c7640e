#pragma once

#include "process/spawn.h"

#include <vector>

namespace banger {

struct OpenedFd {
  UniqueFd fd;
  int target = -1;
};

// Opens what the child shall get, sorted by target, with /dev/null at 0, 1 and 2 unless given. All O_CLOEXEC.
Result<std::vector<OpenedFd>> openChildFds(const SpawnSpec& spec);

} // namespace banger
