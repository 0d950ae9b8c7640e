import path from "node:path";

/** Names inside the jail. */
export const jailPaths = {
  program: "/firecracker",
  kernel: "/kernel",
  initramfs: "/initramfs",
  machine: "/machine.json",
  runtime: "/run",
} as const;

/** vsock port of the agent, and of the bell that it rings on the host (docs/guest-protocol.md). */
export const AGENT_PORT = 1024;

const files = {
  api: "api.sock",
  /** Connections to the guest go in here, the guest's own to port N come out at `vsock_N`. */
  vsock: "vsock",
  bell: `vsock_${AGENT_PORT}`,
  console: "console.fifo",
  log: "log.fifo",
} as const;

export type RuntimeFile = keyof typeof files;
export const runtimeFileList = Object.keys(files) as RuntimeFile[];

/** A file of one machine as the host sees it; `runtime` is short, since an address has at most 107 bytes. */
export function runtimeFile(runtime: string, file: RuntimeFile): string {
  return path.join(runtime, files[file]);
}
