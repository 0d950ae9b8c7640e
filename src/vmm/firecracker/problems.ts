import type { Problem } from "../../domain/ports.ts";
import { findProgram, missingProgram } from "../shared/host.ts";
import { MAX_VCPUS } from "./machine-config.ts";
import { compareVersions, LEAST_VERSION } from "./version.ts";

export const PROGRAM = "firecracker";

const GET_IT = "put a release of Firecracker's on PATH, or set `firecracker_bin`";

/** Where Firecracker is: the configured program, or the first on PATH. Null when there is none that can be executed. */
export function findFirecracker(
  configured: string | null,
  searchPath: string | undefined,
): Promise<string | null> {
  return findProgram(PROGRAM, configured, searchPath);
}

export function noFirecracker(configured: string | null): Problem {
  return missingProgram({
    code: "ERR_NO_FIRECRACKER",
    title: "Firecracker",
    program: PROGRAM,
    setting: "firecracker_bin",
    configured,
    next: `${GET_IT}; or set \`vmm = "qemu"\` for new VMs`,
  });
}

export function noKvm(reason: string): Problem {
  return {
    code: "ERR_NO_KVM",
    message: `Firecracker needs a KVM that works: ${reason}`,
    next: 'load kvm_intel or kvm_amd, or turn virtualisation on in the firmware or the hypervisor above; or set `vmm = "qemu"` for new VMs',
  };
}

/** Null for a version that is new enough. */
export function tooOld(version: string | null, program: string): Problem | null {
  if (version !== null && compareVersions(version, LEAST_VERSION) >= 0) return null;
  const is = version === null ? "does not say its version" : `is version ${version}`;
  return {
    code: "ERR_FIRECRACKER_TOO_OLD",
    message: `${program} ${is}, and banger needs ${LEAST_VERSION} or newer`,
    next: `${GET_IT}; or set \`vmm = "qemu"\` for new VMs`,
  };
}

/** Null for as many as it can give. */
export function tooManyCpus(vcpu: number): Problem | null {
  if (vcpu <= MAX_VCPUS) return null;
  return {
    code: "ERR_TOO_MANY_VCPUS",
    message: `Firecracker gives a VM at most ${MAX_VCPUS} vCPUs, and ${vcpu} are wanted`,
    next: `give \`--vcpu ${MAX_VCPUS}\` or less; or set \`vmm = "qemu"\` for new VMs`,
  };
}
