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
import type { LinkOps } from "./ops/link.ts";
import type { LoopOps } from "./ops/loop.ts";
import type { NetnsOps } from "./ops/netns.ts";
import type { NftOps } from "./ops/nft.ts";
import type { ProcessOps } from "./ops/process.ts";
import type { AddressOps, NeighbourOps, RouteOps } from "./ops/route.ts";
import type { TapOps } from "./ops/tap.ts";

export type * from "./ops/cgroup.ts";
export type * from "./ops/clone.ts";
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
export type * from "./ops/tap.ts";

export interface HostOps {
  readonly loop: LoopOps;
  readonly dm: DmOps;
  readonly tap: TapOps;
  readonly link: LinkOps;
  readonly address: AddressOps;
  readonly route: RouteOps;
  readonly neighbour: NeighbourOps;
  /** The same four kinds and TAPs in a named network namespace. */
  readonly netns: NetnsOps;
  readonly nft: NftOps;
  readonly clone: CloneOps;
  readonly process: ProcessOps;
  readonly cgroup: CgroupOps;
  readonly file: FileOps;
  /** Ends the threads that wait for processes and events; waits that are under way reject with ERR_HOST_CLOSED. Loops that autoclear go. */
  close(): Promise<void>;
}
