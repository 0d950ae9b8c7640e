import type { MachineDisk, MachineDisks } from "../../domain/ports.ts";

/** A machine's disks, each with what it is for, in the order in which the guest finds them. */
export function disksOf(disks: MachineDisks): (MachineDisk & { role: keyof MachineDisks })[] {
  const roles = ["root", "work", "config", "upper"] as const;
  return roles.flatMap((role) => {
    const disk = disks[role];
    return disk === null ? [] : [{ role, ...disk }];
  });
}
