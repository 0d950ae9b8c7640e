#pragma once

#include "sys/result.h"

#include <napi.h>

namespace banger {

// An Error as Node's own look: `errno` (negative), `syscall`, and ours: `object`, `detail`. TypeScript adds
// the codes.
Napi::Error toJsError(Napi::Env env, const SysError& error);

} // namespace banger
