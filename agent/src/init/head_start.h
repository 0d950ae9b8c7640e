#pragma once

#include <algorithm>
#include <chrono>
#include <ctime>

namespace banger {

/**
 * How long the first command has until others take the CPU: a quarter of what the boot took up to now, so
 * that a machine which is slow (emulated, loaded) gives its command, and the host that sends it, as much more
 * time.
 */
inline std::chrono::milliseconds head_start() {
  using std::chrono::milliseconds;
  timespec up{};
  ::clock_gettime(CLOCK_MONOTONIC, &up); // 0 when the kernel began
  const auto booting = milliseconds(up.tv_sec * 1000 + up.tv_nsec / 1'000'000);
  return std::clamp(booting / 4, milliseconds(250), milliseconds(3000));
}

} // namespace banger
