#pragma once

#include "agent/router.h"
#include "sys/result.h"

namespace banger {

/** Sets CLOCK_REALTIME from decimal nanoseconds since 1970. */
Status set_clock(const std::string& unix_nanoseconds);

/** PUT /clock */
void put_clock(const Json& body, const Reply& reply);

} // namespace banger
