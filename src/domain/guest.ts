import type { Duplex } from "node:stream";
import type { GuestPorts } from "./guest-ports.ts";
import type { VmHandles, VmPaths, VmRecord } from "./vm.ts";

/** Everything that goes to the guest by its config disk (docs/guest-protocol.md). */
export interface GuestConfig {
  /**
   * Makes `paths.configDisk` (0400), in the place of the last start's; from `begin` on it is written and given to the VMM's uid, with, once
   * per VM, its SSH host key.
   */
  write(
    input: {
      vm: VmRecord;
      paths: VmPaths;
      handles: VmHandles;
      gateway: string;
      mac: string;
      resolver: string;
    },
    begin: Promise<void>,
  ): GuestConfigWrite;
}

/** Two steps, so that a VMM, which takes its time until it reads a disk, can begin after the first. Where that fails, both reject. */
export interface GuestConfigWrite {
  /** Its file is there, empty. */
  readonly made: Promise<void>;
  /** It is written. With what the user should know of it, a sentence each. */
  readonly written: Promise<readonly string[]>;
}

/** The guest's agent, connected. */
export interface GuestAgent {
  /** Whether the agent itself has said something on this connection, and not only a kernel or a VMM on the way has taken it. */
  readonly hasAnswered: boolean;
  health(signal?: AbortSignal): Promise<GuestHealth>;
  setClock(signal?: AbortSignal): Promise<void>;
  shutdown(signal?: AbortSignal): Promise<void>;
  sync(signal?: AbortSignal): Promise<void>;
  /** Sockets that listen (TCP) or are bound (UDP) in the guest. */
  ports(signal?: AbortSignal): Promise<GuestPorts>;
  /** A raw exec stream, both ways, frame by frame (docs/guest-protocol.md). */
  openExec(): Duplex;
  /** A connection to a port of the guest's loopback address, once it is there. ERR_TCP_REFUSED, ERR_AGENT_TOO_OLD. */
  openTcp(port: number, signal?: AbortSignal): Promise<Duplex>;
  close(): void;
  /** Resolves when the connection has ended. */
  readonly closed: Promise<void>;
}

export interface GuestHealth {
  readonly protocol: number;
  readonly build: { version: string; commit: string; time: string };
  readonly bootId: string;
  readonly uptimeSeconds: number;
  readonly init: "starting" | "running" | "degraded" | "none";
}
