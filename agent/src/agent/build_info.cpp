#include "agent/build_info.h"

namespace banger {

const BuildInfo build_info{BANGER_VERSION, BANGER_COMMIT, BANGER_BUILD_TIME};

} // namespace banger
