#pragma once

#include "init/manifest.h"

namespace banger {

/**
 * By rtnetlink: loopback and the link with the given MAC up, its address /32, the route to the gateway (scope
 * link) and the default route. Without udev systemd-networkd would never do it.
 */
Status configure_network(const NetworkConfig& config);

/** Images without an init of their own have nobody else to do it. */
Status bring_up_loopback();

} // namespace banger
