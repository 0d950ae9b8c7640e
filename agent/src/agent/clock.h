#pragma once

#include "agent/router.h"
#include "sys/result.h"

#include <cstdint>
#include <optional>
#include <string>

namespace banger {

/** Sets CLOCK_REALTIME from decimal nanoseconds since 1970. */
Status set_clock(const std::string& unix_nanoseconds);

/**
 * What CLOCK_REALTIME is to be at a boot, in nanoseconds since 1970: a time that was written down when the
 * VMM was started, and what the kernel has run since; nothing where `now` is that or up to a day later. What
 * is missing then is the VMM's own start: a real-time clock that counts whole seconds is behind by more.
 */
std::optional<int64_t> time_at_boot(int64_t started, int64_t uptime, int64_t now);

/** Sets CLOCK_REALTIME so; `started` is decimal. */
Status set_clock_at_boot(const std::string& started);

/** PUT /clock */
void put_clock(const Json& body, const Reply& reply);

} // namespace banger
