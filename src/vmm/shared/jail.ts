import { open } from "node:fs/promises";
import path from "node:path";
import type { MachineDisks } from "../../domain/ports.ts";
import type { JailMount } from "../../host/host-ops.ts";
import { disksOf } from "./disks.ts";

export const readOnly = (source: string, target: string): JailMount => ({
  kind: "bind",
  source,
  target,
  readOnly: true,
});

export const writable = (source: string, target: string): JailMount => ({
  kind: "bind",
  source,
  target,
  readOnly: false,
});

export const device = (node: string): JailMount => ({ kind: "device", source: node, target: node });

/** The system's shared libraries and what goes with them, read-only. */
export function systemLibraries(): JailMount[] {
  const ifThere = (source: string): JailMount => ({
    kind: "bind-if-there",
    source,
    target: source,
    readOnly: true,
  });
  return [readOnly("/usr", "/usr"), ...["/bin", "/lib", "/lib64", "/etc/ld.so.cache"].map(ifThere)];
}

/** A program of one's own (`/opt/qemu/bin/...`) has its libraries and data beside it, under the same prefix. */
export function ownPrefix(program: string): JailMount[] {
  const prefix = path.dirname(path.dirname(program));
  return program.startsWith("/usr/") || prefix === "/" ? [] : [readOnly(prefix, prefix)];
}

/** A disk's file or node inside the jail. */
export function jailDisk(role: keyof MachineDisks): string {
  return `/${role}.img`;
}

export function diskMounts(disks: MachineDisks): JailMount[] {
  return disksOf(disks).map(({ role, path, kind, readOnly }): JailMount => {
    const target = jailDisk(role);
    return kind === "device"
      ? { kind, source: path, target }
      : { kind: "bind", source: path, target, readOnly };
  });
}

const PT_INTERP = 3;

/** Whether an x86-64 ELF asks for a dynamic loader (PT_INTERP): one that does not needs no library in its jail. */
export async function isDynamic(program: string): Promise<boolean> {
  const file = await open(program, "r");
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4096), 0, 4096, 0);
    const head = buffer.subarray(0, bytesRead);
    if (head.length < 64 || head.readUInt32BE(0) !== 0x7f454c46 || head[4] !== 2) return true;
    const [start, size, count] = [
      Number(head.readBigUInt64LE(32)),
      head.readUInt16LE(54),
      head.readUInt16LE(56),
    ];
    for (let index = 0; index < count; index++) {
      const at = start + index * size;
      if (at + 4 > head.length) return true;
      if (head.readUInt32LE(at) === PT_INTERP) return true;
    }
    return false;
  } finally {
    await file.close();
  }
}
