#pragma once

#include "agent/router.h"
#include "sys/result.h"

namespace banger {

/** Sets CLOCK_REALTIME from decimal nanoseconds since 1970. */
Status set_clock(const std::string& unix_nanoseconds);

/**
 * Sets CLOCK_REALTIME to a time that was written down when the guest was started, and what its kernel has run
 * since, where it is before that or more than a day after it. What is missing then is the VMM's own start: a
 * real-time clock that counts whole seconds is behind by more.
 */
Status set_clock_at_least(const std::string& unix_nanoseconds);

/** PUT /clock */
void put_clock(const Json& body, const Reply& reply);

} // namespace banger
