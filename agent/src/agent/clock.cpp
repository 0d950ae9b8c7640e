#include "agent/clock.h"

#include <charconv>
#include <ctime>
#include <limits>

namespace banger {

namespace {

constexpr int64_t second = 1'000'000'000;
constexpr int64_t day = 24 * 3600 * second;

/** -1 where it is no time. */
int64_t parse_time(const std::string& text) {
  int64_t value = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc{} && stop == end && value >= 0 ? value : -1;
}

int64_t clock_now(clockid_t clock) {
  timespec now{};
  ::clock_gettime(clock, &now);
  return now.tv_sec * second + now.tv_nsec;
}

Status set_clock(int64_t unix_nanoseconds) {
  const timespec time{.tv_sec = unix_nanoseconds / second, .tv_nsec = unix_nanoseconds % second};
  if (::clock_settime(CLOCK_REALTIME, &time) < 0)
    return os_error("clock_settime");
  return Done{};
}

Error no_time() {
  return Error{EINVAL, "unixNanoseconds"};
}

} // namespace

Status set_clock(const std::string& unix_nanoseconds) {
  const int64_t value = parse_time(unix_nanoseconds);
  return value < 0 ? no_time() : set_clock(value);
}

std::optional<int64_t> time_at_boot(int64_t started, int64_t uptime, int64_t now) {
  const int64_t least = started + uptime;
  if (now >= least && now - least < day)
    return std::nullopt;
  return least;
}

Status set_clock_at_boot(const std::string& started) {
  const int64_t value = parse_time(started);
  const int64_t uptime = clock_now(CLOCK_BOOTTIME);
  if (value < 0 || value > std::numeric_limits<int64_t>::max() - uptime)
    return no_time();
  const auto time = time_at_boot(value, uptime, clock_now(CLOCK_REALTIME));
  return time ? set_clock(*time) : Status{Done{}};
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
