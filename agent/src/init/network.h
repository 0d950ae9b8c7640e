#pragma once

#include "init/manifest.h"

namespace banger {

/**
 * IPv6 off on the link with the given MAC (NET-1), by `proc`, a descriptor of /proc, which may be moved
 * meanwhile. Then by rtnetlink: the link up, its address /32, the route to the gateway (scope link) and the
 * default route. Without udev systemd-networkd would never do it.
 */
Status configure_network(const NetworkConfig& config, int proc);

/** Images without an init of their own have nobody else to do it. */
Status bring_up_loopback();

} // namespace banger
