import type { DoctorCheck } from "../../domain/doctor.ts";
import { fail, pass } from "../check.ts";

/** `arch` as Node names it. PKG-1: VMs are for x86-64 hosts so far. */
export function checkArchitecture(arch: string, kernelRelease: string): DoctorCheck {
  if (arch === "x64") return pass("architecture", `x86-64, Linux ${kernelRelease}`);
  return fail("architecture", `this host is ${arch}, and VMs are for x86-64 hosts so far`, {
    next: "run banger on an x86-64 host; the library's host operations work here",
  });
}
