#pragma once

#include "agent/router.h"
#include "sys/result.h"

namespace banger {

/** Sets CLOCK_REALTIME from decimal nanoseconds since 1970. */
Status set_clock(const std::string& unix_nanoseconds);

/**
 * Sets CLOCK_REALTIME where it is before `unix_nanoseconds` or a day after it: a time written down before the
 * guest was booted is older than what a guest's real-time clock says, and only better than none.
 */
Status set_clock_at_least(const std::string& unix_nanoseconds);

/** PUT /clock */
void put_clock(const Json& body, const Reply& reply);

} // namespace banger
