#pragma once

#include "agent/init_state.h"
#include "agent/router.h"

namespace banger {

/** GET /healthz */
void get_health(InitState& init, const Reply& reply);

} // namespace banger
