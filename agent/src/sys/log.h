#pragma once

#include <string_view>

namespace banger {

/** One line on the console: `banger-init: <step>: <reason>`. The only log there is: the daemon keeps the
 * guest's console. */
void log_line(std::string_view program, std::string_view step, std::string_view reason);

} // namespace banger
