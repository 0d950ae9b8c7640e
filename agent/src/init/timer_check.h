#pragma once

#include "sys/unique_fd.h"

#include <chrono>

namespace banger {

/**
 * Whether this kernel's timers go off: one is set at once, and looked at later. Linux measures the local
 * APIC's timer against the TSC for 100 ms of a boot (calibrate_APIC_clock, arch/x86/kernel/apic/apic.c).
 * Where a busy host stops an emulated CPU for so long just then, it takes the timer for a broken one, and a
 * microVM has no other: commands would run, and none that waits would ever end.
 */
class TimerCheck {
public:
  TimerCheck();

  /** Asks without sleeping, from which there were no way back, until it has gone off or `patience` is over.
   */
  bool went_off(std::chrono::milliseconds patience) const;

private:
  UniqueFd timer_;
};

} // namespace banger
