#include "agent/health.h"

#include "agent/build_info.h"
#include "sys/file.h"

#include <ctime>

namespace banger {

void get_health(InitState& init, const Reply& reply) {
  const auto boot_id = read_file("/proc/sys/kernel/random/boot_id", 64);
  timespec uptime{};
  ::clock_gettime(CLOCK_BOOTTIME, &uptime);
  const double seconds =
      static_cast<double>(uptime.tv_sec) + static_cast<double>(uptime.tv_nsec / 1'000'000) / 1000.0;
  reply({200,
         {{"protocol", protocol_version},
          {"build",
           {{"version", build_info.version}, {"commit", build_info.commit}, {"time", build_info.time}}},
          {"bootId", boot_id ? std::string(trim_end(*boot_id)) : ""},
          {"uptimeSeconds", seconds},
          {"init", init.get()},
          {"features", {"tcp"}}}});
}

} // namespace banger
