#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace banger {

using Json = nlohmann::json;

/** A value of type `discarded` for text that is not JSON. Never throws. */
Json parse_json(std::string_view text);

/** Text that is always valid JSON: bytes that are not UTF-8 (a process's name, say) become U+FFFD. */
std::string dump_json(const Json& value);

} // namespace banger
