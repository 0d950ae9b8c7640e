import type { Accelerator } from "../../domain/vm.ts";
import { COMMON_KERNEL_WORDS } from "../shared/kernel-words.ts";

export interface KernelCommandLineInput {
  readonly accelerator: Accelerator;
  /** `cpu MHz` of /proc/cpuinfo, or null where it is not told. */
  readonly cpuMhz: number | null;
}

/** On one CPU the kernel would patch every lock prefix away: each patch costs an emulator a flush of its TLB. */
const NO_LOCK_PATCHING = "noreplace-smp";

/**
 * What the guest's kernel is told (docs/guest-protocol.md); nothing secret. `panic=-1` and `reboot=t` make a panic and a reboot a triple
 * fault, which ends the VMM by `-no-reboot`. Under TCG a directly booted kernel sometimes hangs while it calibrates its TSC: it is told
 * the host's frequency, and to trust it.
 */
export function kernelCommandLine({ accelerator, cpuMhz }: KernelCommandLineInput): string {
  const words: string[] = [...COMMON_KERNEL_WORDS, "reboot=t"];
  if (accelerator === "tcg") {
    words.push(NO_LOCK_PATCHING, "tsc=reliable");
    if (cpuMhz !== null) words.push(`tsc_early_khz=${Math.round(cpuMhz * 1000)}`);
  }
  return words.join(" ");
}

/** The first `cpu MHz` of a /proc/cpuinfo text. */
export function cpuMhz(cpuinfo: string): number | null {
  const match = /^cpu MHz\s*:\s*(\d+(?:\.\d+)?)$/m.exec(cpuinfo);
  const mhz = Number(match?.[1]);
  return Number.isFinite(mhz) && mhz > 0 ? mhz : null;
}
