import { PassThrough } from "node:stream";
import type { GuestAgent } from "../../../../../src/domain/guest.ts";

/** An agent that answers at once and never goes away. */
export function fakeAgent(): GuestAgent {
  const build = { version: "0", commit: "0", time: "" };
  return {
    hasAnswered: true,
    health: async () => ({ protocol: 1, build, bootId: "", uptimeSeconds: 1, init: "running" }),
    setClock: async () => undefined,
    shutdown: async () => undefined,
    sync: async () => undefined,
    ports: async () => ({ listeners: [], truncated: false }),
    openExec: () => new PassThrough(),
    openTcp: async () => new PassThrough(),
    close: () => undefined,
    closed: new Promise(() => undefined),
  };
}
