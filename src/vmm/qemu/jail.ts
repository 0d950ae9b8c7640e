import path from "node:path";
import type { MachineSpec } from "../../domain/ports.ts";
import type { JailMount } from "../../host/host-ops.ts";
import { disksOf } from "./disks.ts";
import { jailDisk, jailPaths } from "./layout.ts";

type JailFiles = Pick<MachineSpec, "kernel" | "initramfs" | "disks" | "runtime" | "accelerator"> & {
  /** QEMU, all links resolved. */
  readonly program: string;
};

/** All that a QEMU process sees: its own files, the system's libraries and firmware read-only, and no /proc (VMM-4). */
export function qemuJail(machine: JailFiles): JailMount[] {
  const readOnly = (source: string, target: string): JailMount => ({
    kind: "bind",
    source,
    target,
    readOnly: true,
  });
  const writable = (source: string, target: string): JailMount => ({
    kind: "bind",
    source,
    target,
    readOnly: false,
  });
  const device = (node: string): JailMount => ({ kind: "device", source: node, target: node });
  return [
    readOnly("/usr", "/usr"),
    ...ownPrefix(machine.program).map((prefix) => readOnly(prefix, prefix)),
    ...["/bin", "/lib", "/lib64"].map(
      (directory): JailMount => ({
        kind: "bind-if-there",
        source: directory,
        target: directory,
        readOnly: true,
      }),
    ),
    { kind: "bind-if-there", source: "/etc/ld.so.cache", target: "/etc/ld.so.cache", readOnly: true },
    device("/dev/null"),
    ...(machine.accelerator === "kvm" ? [device("/dev/kvm")] : []),
    readOnly(machine.kernel, jailPaths.kernel),
    readOnly(machine.initramfs, jailPaths.initramfs),
    ...disksOf(machine.disks).map(({ role, path, kind, readOnly }): JailMount => {
      const target = jailDisk(role);
      return kind === "device"
        ? { kind, source: path, target }
        : { kind: "bind", source: path, target, readOnly };
    }),
    writable(machine.runtime, jailPaths.runtime),
  ];
}

/** A QEMU of one's own (`/opt/qemu/bin/...`) has its firmware beside it, under the same prefix. */
function ownPrefix(program: string): string[] {
  const prefix = path.dirname(path.dirname(program));
  return program.startsWith("/usr/") || prefix === "/" ? [] : [prefix];
}
