import path from "node:path";
import type { MachineDisks } from "../../domain/ports.ts";

/** Names inside the jail. Short: they are in QEMU's argv and in Unix socket addresses. */
export const jailPaths = {
  kernel: "/kernel",
  initramfs: "/initramfs",
  runtime: "/run",
} as const;

/** A disk's file or node inside the jail, whose name is also its node's in QEMU. */
export function jailDisk(role: keyof MachineDisks): string {
  return `/${role}.img`;
}

/** Descriptor of the TAP in QEMU. */
export const TAP_FD = 3;

/** Name of the virtio-serial port that the guest's agent opens (docs/guest-protocol.md). */
export const AGENT_PORT = "banger.agent";

const socketNames = { console: "console.sock", qmp: "qmp.sock", agent: "agent.sock" } as const;
export type SocketName = keyof typeof socketNames;
export const socketNameList = Object.keys(socketNames) as SocketName[];

/** A socket of one machine as the host sees it; `runtime` is short, since an address has at most 107 bytes. */
export function socketPath(runtime: string, socket: SocketName): string {
  return path.join(runtime, socketNames[socket]);
}
