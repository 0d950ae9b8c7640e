import type { MachineSpec } from "../../domain/ports.ts";
import type { JailMount } from "../../host/host-ops.ts";
import { device, diskMounts, readOnly, systemLibraries, writable } from "../shared/jail.ts";
import { jailPaths } from "./layout.ts";

/** The program and how it is built. */
export interface Program {
  /** All links resolved. */
  readonly path: string;
  /** The releases are static; a distribution's own build may need its libraries. */
  readonly dynamic: boolean;
}

type JailFiles = Pick<MachineSpec, "kernel" | "initramfs" | "disks" | "runtime"> & {
  readonly program: Program;
  /** The file with the machine's configuration. */
  readonly machine: string;
};

/** All that a Firecracker sees: itself, its own files and two devices; no /proc, and of the system nothing (VMM-4). */
export function firecrackerJail(files: JailFiles): JailMount[] {
  return [
    ...programMounts(files.program),
    device("/dev/kvm"),
    // It opens the TAP itself, by name: one that belongs to its user id.
    device("/dev/net/tun"),
    readOnly(files.kernel, jailPaths.kernel),
    readOnly(files.initramfs, jailPaths.initramfs),
    readOnly(files.machine, jailPaths.machine),
    ...diskMounts(files.disks),
    writable(files.runtime, jailPaths.runtime),
  ];
}

/** For the KVM probe, which adds the device. */
export function probeJail(program: Program, kernel: string, machine: string): JailMount[] {
  return [
    ...programMounts(program),
    readOnly(kernel, jailPaths.kernel),
    readOnly(machine, jailPaths.machine),
  ];
}

function programMounts({ path, dynamic }: Program): JailMount[] {
  return [...(dynamic ? systemLibraries() : []), readOnly(path, jailPaths.program), device("/dev/null")];
}
