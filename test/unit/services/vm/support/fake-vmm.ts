import { PassThrough } from "node:stream";
import type { Vmm } from "../../../../../src/domain/ports.ts";
import type { HostOps } from "../../../../../src/host/host-ops.ts";

/** A VMM that is a simulated process and nothing else. */
export function fakeVmm(process: HostOps["process"], opensDisksAtOnce = false): Vmm {
  return {
    kind: "qemu",
    freshConnections: false,
    opensDisksAtOnce,
    accelerator: async () => ({ kind: "tcg", reason: "" }),
    preflight: async () => [],
    refusals: () => [],
    start: async ({ vmId, uid, gid, tap, filled }) => {
      if (opensDisksAtOnce) await filled;
      const ref = await process.spawn({
        ...{ program: globalThis.process.execPath, argv: ["qemu", `guest=${vmId}`], env: {}, cwd: "/" },
        ...{ uid, gid, umask: 0o077, fds: [{ target: 3, kind: "tap", name: tap }] },
      });
      await filled;
      return ref;
    },
    connectGuest: async () => new PassThrough(),
    followConsole: async () => undefined,
    powerButton: async () => undefined,
    wait: (ref) => process.wait(ref),
    kill: async (ref) => {
      if (await process.signal(ref, 9)) await process.wait(ref);
    },
    cleanUp: async () => undefined,
  };
}
