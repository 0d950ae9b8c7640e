#pragma once

#include "sys/unique_fd.h"

namespace banger {

/**
 * The virtio-serial port named `banger.agent`, non-blocking; no descriptor where it is not there (yet: the
 * driver learns a port's name from the VMM some time after it was loaded, and says so by a uevent).
 */
UniqueFd open_virtio_port();

} // namespace banger
