#include "agent/clock.h"

#include <charconv>
#include <ctime>

namespace banger {

Status set_clock(const std::string& unix_nanoseconds) {
  int64_t value = 0;
  const char* end = unix_nanoseconds.data() + unix_nanoseconds.size();
  const auto [stop, error] = std::from_chars(unix_nanoseconds.data(), end, value);
  if (error != std::errc{} || stop != end || value < 0)
    return Error{EINVAL, "unixNanoseconds"};
  const timespec time{.tv_sec = static_cast<time_t>(value / 1'000'000'000),
                      .tv_nsec = static_cast<long>(value % 1'000'000'000)};
  if (::clock_settime(CLOCK_REALTIME, &time) < 0)
    return os_error("clock_settime");
  return Done{};
}

void put_clock(const Json& body, const Reply& reply) {
  const auto found = body.is_object() ? body.find("unixNanoseconds") : body.end();
  if (!body.is_object() || found == body.end() || !found->is_string()) {
    return reply(
        error_response(400, "ERR_AGENT_BAD_REQUEST", "unixNanoseconds must be a string of decimal digits."));
  }
  const Status status = set_clock(found->get<std::string>());
  if (status)
    return reply({});
  const bool bad = status.error().code == EINVAL;
  reply(error_response(bad ? 400 : 500, bad ? "ERR_AGENT_BAD_REQUEST" : "ERR_AGENT_FAILED",
                       status.error().text()));
}

} // namespace banger
