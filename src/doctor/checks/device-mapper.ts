import type { DoctorCheck } from "../../domain/doctor.ts";
import { fail, pass, warn } from "../check.ts";
import type { DriverState } from "../probes/kernel-driver.ts";
import { driverTrouble, OTHER_KERNEL } from "./driver.ts";

export interface SnapshotTrial {
  readonly ok: boolean;
  readonly reason: string;
  /** Whether device-mapper has what a snapshot is made of; the kernel has looked for modules before it says no. */
  readonly hasTargets: boolean;
}

/** DSK-1. `tried` is what became of a snapshot that was made here, or null where none was. */
export function checkDeviceMapper(
  driver: DriverState,
  tried: SnapshotTrial | null,
  isNeeded: boolean,
): DoctorCheck {
  const judge = isNeeded ? fail : warn;
  const consequence = "the storage driver dm-snapshot does not work";
  const trouble = driverTrouble(driver);
  if (trouble !== null) {
    const { message, ...more } = trouble;
    return judge("device-mapper", `${message}: ${consequence}`, more);
  }
  if (tried !== null && !tried.ok) {
    const next = tried.hasTargets ? "the lines `loop` and `space` may say more, and `dmesg`" : OTHER_KERNEL;
    return judge("device-mapper", `${tried.reason}: ${consequence}`, { next });
  }
  if (tried !== null) return pass("device-mapper", tried.reason);
  return pass("device-mapper", `the module ${driver.driver.module} is loaded when it is first used`);
}
