import type { DoctorCheck } from "../../domain/doctor.ts";
import { fail, pass, warn } from "../check.ts";
import type { DriverState } from "../probes/kernel-driver.ts";
import { driverTrouble } from "./driver.ts";

/** DSK-1. `asked` is device-mapper's own word on its snapshot target, or null where it was not asked. */
export function checkDeviceMapper(
  driver: DriverState,
  asked: { readonly ok: boolean; readonly reason: string } | null,
  isNeeded: boolean,
): DoctorCheck {
  const judge = isNeeded ? fail : warn;
  const consequence = "the storage driver dm-snapshot does not work";
  const trouble = driverTrouble(driver);
  if (trouble !== null) {
    const { message, ...more } = trouble;
    return judge("device-mapper", `${message}: ${consequence}`, more);
  }
  if (asked !== null && !asked.ok) {
    return judge("device-mapper", `${asked.reason}: ${consequence}`, { command: "modprobe dm_snapshot" });
  }
  if (asked !== null) return pass("device-mapper", asked.reason);
  return pass("device-mapper", `the module ${driver.driver.module} is loaded when it is first used`);
}
