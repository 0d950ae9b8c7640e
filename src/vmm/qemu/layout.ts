import path from "node:path";

/** Names inside the jail. Short: they are in QEMU's argv and in Unix socket addresses. */
export const jailPaths = {
  kernel: "/kernel",
  initramfs: "/initramfs",
  runtime: "/run",
} as const;

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
