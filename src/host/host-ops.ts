/**
 * HostOps: the one door to everything that needs root (DMN-5). Every call is asynchronous, takes and returns plain data and
 * deterministic names, so that a small privileged helper can stand behind the same interface. Two implementations: `linux/`
 * (the native addon) and `fake/` (faults on demand); one contract suite runs against both.
 *
 * Every call rejects with a {@link HostError}, but one that its AbortSignal ends with the signal's reason. Releases are idempotent: releasing what is not there succeeds. The parts are in `ops/`.
 */

import type { CgroupOps } from "./ops/cgroup.ts";
import type { CloneOps } from "./ops/clone.ts";
import type { DmOps } from "./ops/dm.ts";
import type { FileOps } from "./ops/file.ts";
import type { LoopOps } from "./ops/loop.ts";
import type { NetnsOps, NetworkOps } from "./ops/netns.ts";
import type { ProcessOps } from "./ops/process.ts";
import type { SyncOps } from "./ops/sync.ts";

export type * from "./ops/cgroup.ts";
export type * from "./ops/clone.ts";
export type * from "./ops/conntrack.ts";
export type * from "./ops/dm.ts";
export type * from "./ops/error.ts";
export type * from "./ops/file.ts";
export type * from "./ops/link.ts";
export type * from "./ops/loop.ts";
export type * from "./ops/netns.ts";
export type * from "./ops/nft.ts";
export type * from "./ops/privileges.ts";
export type * from "./ops/process.ts";
export type * from "./ops/route.ts";
export type * from "./ops/sync.ts";
export type * from "./ops/tap.ts";

/** The operations of `NetworkOps` are for the network namespace of the process itself. */
export interface HostOps extends NetworkOps {
  /** Loop devices. */
  readonly loop: LoopOps;
  /** Device-mapper. */
  readonly dm: DmOps;
  /** The same in a network namespace that has a name. */
  readonly netns: NetnsOps;
  /** Whole files and parts of them. */
  readonly clone: CloneOps;
  /** Processes in jails. */
  readonly process: ProcessOps;
  /** Control groups. */
  readonly cgroup: CgroupOps;
  /** Ownership and modes. */
  readonly file: FileOps;
  /** Only of {@link LocalHostOps}: what asks it must have another way. */
  readonly sync?: SyncOps;
  /** Ends the threads that wait for processes and events; waits that are under way reject with ERR_HOST_CLOSED. Loops that autoclear go. Does not reject itself. */
  close(): Promise<void>;
}

/** HostOps in this process, not behind a helper's socket: it also answers at once what it can. */
export interface LocalHostOps extends HostOps {
  /** The synchronous twins of what cannot wait. */
  readonly sync: SyncOps;
}
