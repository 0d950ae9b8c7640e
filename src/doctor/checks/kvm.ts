import type { DoctorCheck } from "../../domain/doctor.ts";
import { type More, pass, warn } from "../check.ts";
import type { DriverState } from "../probes/kernel-driver.ts";
import { driverTrouble } from "./driver.ts";

export interface KvmState {
  readonly driver: DriverState;
  /** Whether a guest ran on it, and the reason; null where there is nothing to try, or nothing to try it with. */
  readonly tried: { readonly ok: boolean; readonly reason: string } | null;
  /** The CPU's own feature, from /proc/cpuinfo. */
  readonly cpu: "vmx" | "svm" | null;
  /** Whether VMs run without it: by QEMU, which is there and not ruled out. */
  readonly emulates: boolean;
}

/** VMM-1: KVM that works, which a `/dev/kvm` that opens does not prove. Without it QEMU runs VMs all the same, slowly. */
export function checkKvm({ driver, tried, cpu, emulates }: KvmState): DoctorCheck {
  if (tried?.ok === true) return pass("kvm", tried.reason);
  const without = emulates ? "VMs run by software emulation, which is slow" : "no VM runs without it";
  if (tried !== null) return warn("kvm", `${tried.reason}: ${without}`, advice(driver, cpu));
  const trouble = driverTrouble(driver);
  if (trouble === null) {
    return warn("kvm", `KVM was not tried, since there is no VMM: ${without}`, {
      next: "install a VMM and look again",
    });
  }
  const { message, ...more } = trouble;
  return warn("kvm", `${message}: ${without}`, driver.minor === null ? advice(driver, cpu) : more);
}

const FIRMWARE =
  "switch virtualisation on in the firmware, or, if this is a VM, nested virtualisation on its host";

function advice(driver: DriverState, cpu: "vmx" | "svm" | null): More {
  if (cpu === null) return { next: FIRMWARE };
  if (driver.minor === null) return { command: `modprobe ${cpu === "vmx" ? "kvm_intel" : "kvm_amd"}` };
  return { next: "`dmesg | grep -i kvm` may tell why" };
}
