import type { DoctorCheck } from "../../domain/doctor.ts";
import type { Problem } from "../../domain/ports.ts";
import { fail, failure, pass, warn } from "../check.ts";

export interface VmmState {
  /** Where the program is, or null. */
  readonly program: string | null;
  /** `1.17.0`; null where it does not say. */
  readonly version: string | null;
  /** What keeps it from starting VMs here. */
  readonly problems: readonly Problem[];
  /** No other VMM would do: without it there are no VMs. */
  readonly isNeeded: boolean;
}

export function checkQemu({ program, version, problems, isNeeded }: VmmState): DoctorCheck {
  const trouble = troubleOf("qemu", problems, isNeeded);
  if (program === null || trouble !== null) return trouble ?? fail("qemu", "QEMU is not there");
  if (version !== null) return pass("qemu", `${program}, version ${version}`);
  return fail("qemu", `${program} does not tell its version: it does not run here`, {
    command: "apt-get install -y --reinstall qemu-system-x86",
  });
}

/** Restore in 1.16.0 kills vsock. */
export const OLDEST_FIRECRACKER = "1.16.1";
/** The newest minor release that banger was tested with. */
export const TESTED_FIRECRACKER = "1.17";

const INSTALL = `install Firecracker ${OLDEST_FIRECRACKER} or later from its project's releases as \`firecracker\` on PATH, or set \`firecracker_bin\``;

/** VMM-1. Where KVM does not work a Firecracker would be of no use, so that none is missed. */
export function checkFirecracker(
  { program, version, problems, isNeeded }: VmmState,
  kvmWorks: boolean,
): DoctorCheck {
  if (program === null) {
    if (isNeeded) return fail("firecracker", "Firecracker is not there", { next: INSTALL });
    if (!kvmWorks) return pass("firecracker", "not there, and of no use without KVM");
    return warn("firecracker", "not there: QEMU serves, and starts VMs more slowly", { next: INSTALL });
  }
  const judge = isNeeded ? fail : warn;
  if (version === null) {
    return judge("firecracker", `${program} does not tell its version: it does not run here`, {
      next: INSTALL,
    });
  }
  if (compareVersions(version, OLDEST_FIRECRACKER) < 0) {
    return judge("firecracker", `${program} is version ${version}: too old`, { next: INSTALL });
  }
  const trouble = kvmWorks || isNeeded ? troubleOf("firecracker", problems, isNeeded) : null;
  if (trouble !== null) return trouble;
  const unused = kvmWorks ? "" : "; of no use without KVM";
  if (compareVersions(version.split(".").slice(0, 2).join("."), TESTED_FIRECRACKER) > 0) {
    return warn(
      "firecracker",
      `${program}, version ${version}: newer than what banger was tested with${unused}`,
      {
        next: `if VMs fail to start, use ${TESTED_FIRECRACKER}, or set \`vmm = "qemu"\``,
      },
    );
  }
  return pass("firecracker", `${program}, version ${version}${unused}`);
}

function troubleOf(id: string, problems: readonly Problem[], isNeeded: boolean): DoctorCheck | null {
  const [first] = problems;
  if (first === undefined) return null;
  return (isNeeded ? fail : warn)(id, problems.map(({ message }) => message).join("; "), {
    next: problems.map(({ next }) => next).join("; "),
  });
}

/** By numbers; what is not one counts as 0. Negative: `a` is older. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split(".").map((part) => Number.parseInt(part, 10) || 0));
  const longest = Math.max(left?.length ?? 0, right?.length ?? 0);
  for (let index = 0; index < longest; index += 1) {
    const difference = (left?.[index] ?? 0) - (right?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Which VMM new VMs get, and why. */
export async function checkVmm(
  setting: string,
  pick: () => Promise<{ kind: string; reason: string }>,
): Promise<DoctorCheck> {
  try {
    const { kind, reason } = await pick();
    return pass("vmm", `vmm = "${setting}" gives ${kind}: ${reason}`);
  } catch (error) {
    return failure("vmm", error);
  }
}
