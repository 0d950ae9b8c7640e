import type { DoctorCheck } from "../../domain/doctor.ts";
import { formatSize, GIB } from "../../shared/size.ts";
import { MAKE_SPACE } from "../../shared/space.ts";
import { fail, pass, warn } from "../check.ts";

/** Image, kernel and the first VM's disks need this; below it creates begin to fail. */
const COMFORT_BYTES = 5 * GIB;
/** Less than this does not hold one VM's changes. */
const LEAST_BYTES = GIB;

/** `directory` is the state directory, or where it would be made. */
export function checkSpace(directory: string, space: { free: number; total: number }): DoctorCheck {
  const text = `${directory} has ${formatSize(space.free)} of ${formatSize(space.total)} free`;
  if (space.free < LEAST_BYTES) return fail("space", `${text}: too little for a VM`, { next: MAKE_SPACE });
  if (space.free < COMFORT_BYTES)
    return warn("space", `${text}: soon too little for VMs`, { next: MAKE_SPACE });
  return pass("space", text);
}
