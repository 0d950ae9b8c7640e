#include "process/proc_stat.h"

#include "sys/file.h"

#include <charconv>

namespace banger {

std::optional<uint64_t> parseStartTime(std::string_view stat) {
  // The command name, field 2, may hold spaces and brackets: count from its last bracket.
  size_t bracket = stat.rfind(')');
  if (bracket == std::string_view::npos)
    return std::nullopt;
  size_t at = bracket + 1;
  for (int field = 3; field <= 22; ++field) {
    at = stat.find_first_not_of(' ', at);
    if (at == std::string_view::npos)
      return std::nullopt;
    if (field == 22)
      break;
    at = stat.find(' ', at);
    if (at == std::string_view::npos)
      return std::nullopt;
  }
  uint64_t ticks = 0;
  auto [end, error] = std::from_chars(stat.data() + at, stat.data() + stat.size(), ticks);
  if (error != std::errc())
    return std::nullopt;
  return ticks;
}

Result<uint64_t> processStartTime(pid_t pid) {
  std::string path = "/proc/" + std::to_string(pid) + "/stat";
  auto text = readSmallFile(path);
  if (!text) {
    SysError error = text.error();
    if (error.err == ENOENT)
      error.err = ESRCH;
    return error;
  }
  auto ticks = parseStartTime(text.value());
  if (!ticks)
    return SysError{EBADMSG, "read", path, {}};
  return *ticks;
}

} // namespace banger
