import type { DoctorCheck } from "../../domain/doctor.ts";
import { pass, warn } from "../check.ts";

export interface Setting {
  readonly name: string;
  readonly text: string;
  readonly from: "config" | "auto" | "builtin";
}

/** CFG-2: what a VM gets that nobody asked for, with where each value comes from. */
export function checkDefaults(
  settings: readonly Setting[],
  memory: { vmMib: number; hostMib: number },
): DoctorCheck {
  const text = settings.map(({ name, text, from }) => `${name} ${text} (${from})`).join(", ");
  if (memory.vmMib <= memory.hostMib) return pass("defaults", text);
  return warn("defaults", `${text}: this host has ${memory.hostMib} MiB of memory in all`, {
    next: "set a smaller `memory_mib` under [vm_defaults]",
  });
}
