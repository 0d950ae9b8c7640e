#pragma once

#include "netlink/rtnl/link.h"

#include <napi.h>

namespace banger {

// NativeLink of src/host/linux/native/net.ts.
Napi::Value linkToJs(Napi::Env env, netlink::Link& link);

} // namespace banger
