import type { MachineSpec } from "../../domain/ports.ts";
import type { JailMount } from "../../host/host-ops.ts";
import { device, diskMounts, ownPrefix, readOnly, systemLibraries, writable } from "../shared/jail.ts";
import { jailPaths } from "./layout.ts";

type JailFiles = Pick<MachineSpec, "kernel" | "initramfs" | "disks" | "runtime" | "accelerator"> & {
  /** QEMU, all links resolved. */
  readonly program: string;
};

/** All that a QEMU process sees: its own files, the system's libraries and firmware read-only, and no /proc (VMM-4). */
export function qemuJail(machine: JailFiles): JailMount[] {
  return [
    ...programMounts(machine.program),
    ...(machine.accelerator === "kvm" ? [device("/dev/kvm")] : []),
    readOnly(machine.kernel, jailPaths.kernel),
    readOnly(machine.initramfs, jailPaths.initramfs),
    ...diskMounts(machine.disks),
    writable(machine.runtime, jailPaths.runtime),
  ];
}

/** For the KVM probe, which adds the device. */
export function qemuProbeJail(program: string, kernel: string): JailMount[] {
  return [...programMounts(program), readOnly(kernel, jailPaths.kernel)];
}

function programMounts(program: string): JailMount[] {
  return [...systemLibraries(), ...ownPrefix(program), device("/dev/null")];
}
