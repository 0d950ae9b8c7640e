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

export interface FirecrackerState extends VmmState {
  /** Against the versions that banger needs and was tested with; null where it says none. */
  readonly standing: "too-old" | "tested" | "newer" | null;
  /** The oldest that will do. */
  readonly oldest: string;
  readonly tested: string;
}

/** VMM-1. Where KVM does not work a Firecracker would be of no use, so that none is missed. */
export function checkFirecracker(state: FirecrackerState, kvmWorks: boolean): DoctorCheck {
  const { program, version, standing, problems, isNeeded, oldest, tested } = state;
  const install = {
    next: `install Firecracker ${oldest} or later from its project's releases as \`firecracker\` on PATH, or set \`firecracker_bin\``,
  };
  const judge = isNeeded ? fail : warn;
  if (program === null) {
    if (!isNeeded && !kvmWorks) return pass("firecracker", "not there, and of no use without KVM");
    const consequence = isNeeded ? "" : ": QEMU serves, and starts VMs more slowly";
    return judge("firecracker", `Firecracker is not there${consequence}`, install);
  }
  if (version === null) {
    return judge("firecracker", `${program} does not tell its version: it does not run here`, install);
  }
  const named = `${program}, version ${version}`;
  if (standing === "too-old") return judge("firecracker", `${named}: too old`, install);
  const trouble = kvmWorks || isNeeded ? troubleOf("firecracker", problems, isNeeded) : null;
  if (trouble !== null) return trouble;
  const unused = kvmWorks ? "" : "; of no use without KVM";
  if (standing !== "newer") return pass("firecracker", `${named}${unused}`);
  return warn("firecracker", `${named}: newer than what banger was tested with${unused}`, {
    next: `if VMs fail to start, use ${tested}, or set \`vmm = "qemu"\``,
  });
}

function troubleOf(id: string, problems: readonly Problem[], isNeeded: boolean): DoctorCheck | null {
  const [first] = problems;
  if (first === undefined) return null;
  return (isNeeded ? fail : warn)(id, problems.map(({ message }) => message).join("; "), {
    next: problems.map(({ next }) => next).join("; "),
  });
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
