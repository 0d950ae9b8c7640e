#pragma once

#include <sys/wait.h>

namespace banger {

// P_PIDFD of waitid(2) (Linux 5.4), which older C libraries do not name.
constexpr idtype_t kPidfd = static_cast<idtype_t>(3);

} // namespace banger
