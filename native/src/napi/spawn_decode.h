#pragma once

#include "process/spawn.h"

#include <napi.h>

namespace banger {

// The plain-data form that src/host/linux/process-spawn.ts prepares.
SpawnSpec decodeSpawn(Napi::Value value);

} // namespace banger
