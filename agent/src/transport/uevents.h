#pragma once

#include "sys/unique_fd.h"

namespace banger {

/** A netlink socket (non-blocking) on which the kernel tells of devices that come. Open it before looking,
 * then nothing is missed. */
UniqueFd open_uevents();

/** Reads away what has come. */
void drain_uevents(int fd);

} // namespace banger
