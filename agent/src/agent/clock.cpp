#include "agent/clock.h"

#include <charconv>
#include <ctime>

namespace banger {

namespace {

constexpr int64_t second = 1'000'000'000;

/** -1 where it is no time. */
int64_t parse_time(const std::string& text) {
  int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc{} && stop == end && value >= 0 ? value : -1;
}

} // namespace

Status set_clock(const std::string& unix_nanoseconds) {
  const int64_t value = parse_time(unix_nanoseconds);
  if (value < 0)
    return Error{EINVAL, "unixNanoseconds"};
  const timespec time{.tv_sec = value / second, .tv_nsec = value % second};
  if (::clock_settime(CLOCK_REALTIME, &time) < 0)
    return os_error("clock_settime");
  return Done{};
}

Status set_clock_at_least(const std::string& unix_nanoseconds) {
  const int64_t value = parse_time(unix_nanoseconds);
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  const int64_t ahead = now.tv_sec - value / second;
  if (value >= 0 && ahead >= 0 && ahead < 24 * 3600)
    return Done{};
  return set_clock(unix_nanoseconds);
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
