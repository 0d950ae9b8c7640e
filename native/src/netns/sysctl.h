// Files of /proc/sys/net: each network namespace has its own, found by who opens the file.
#pragma once

#include "sys/result.h"

#include <string>

namespace banger {

Status sysctlWrite(const std::string& path, const std::string& value);
Result<std::string> sysctlRead(const std::string& path); // without the line's end

} // namespace banger
