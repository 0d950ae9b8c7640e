import { DmDevice } from "./facade/dm.ts";
import { LoopDevice } from "./facade/loop.ts";
import { NetworkNamespace } from "./facade/netns.ts";
import { type Network, networkOf } from "./facade/network.ts";
import { HostProcess } from "./facade/process.ts";
import type {
  CloneOps,
  DmCreate,
  HostOps,
  LocalHostOps,
  LoopAttach,
  ProcessSpawn,
  SyncOps,
} from "./host-ops.ts";
import { openLinuxHostOps } from "./linux/index.ts";

export { DmDevice } from "./facade/dm.ts";
export { LoopDevice } from "./facade/loop.ts";
export { HostAddress, HostLink, HostNeighbour, HostRoute } from "./facade/net.ts";
export { NetworkNamespace } from "./facade/netns.ts";
export type { Network } from "./facade/network.ts";
export { HostTable } from "./facade/nft.ts";
export { HostObject } from "./facade/object.ts";
export { HostProcess } from "./facade/process.ts";

/** The library's face of HostOps (LIB-1): what is acquired is an object that gives itself back. Everything rejects with a HostError. */
export interface Host extends AsyncDisposable, Network {
  /** The plain calls, by deterministic names; processes and files are there. */
  readonly ops: HostOps;
  /** What cannot wait, without a promise: `host.sync.process.signal(child.info, 15)`. */
  readonly sync: SyncOps;
  /** Whole files and parts of them. */
  readonly clone: CloneOps;
  /** A file as a block device. ERR_HOST_NOT_FOUND, ERR_HOST_PERMISSION, ERR_HOST_UNSUPPORTED, ERR_HOST_BUSY; as {@link LoopOps.attach}. */
  attachLoop(spec: LoopAttach, options?: { signal?: AbortSignal }): Promise<LoopDevice>;
  /** A device-mapper device. ERR_HOST_EXISTS, ERR_HOST_INVALID for a table that cannot be, ERR_HOST_UNSUPPORTED; as {@link DmOps.create}. */
  createDm(spec: DmCreate): Promise<DmDevice>;
  /** A network namespace with a name. ERR_HOST_EXISTS, ERR_HOST_INVALID, ERR_HOST_PERMISSION. */
  createNetns(name: string): Promise<NetworkNamespace>;
  /** A process; closing kills it. ERR_HOST_NOT_FOUND for its program, ERR_HOST_INVALID, ERR_HOST_PERMISSION; as {@link ProcessOps.spawn}. */
  spawn(spec: ProcessSpawn): Promise<HostProcess>;
  /** Ends the waits and what autoclears ({@link HostOps.close}); what was made stays until it is closed itself. Does not reject. */
  close(): Promise<void>;
}

/** Opens this host's kernel, or wraps given HostOps (a fake). Throws ERR_HOST_ADDON where the native addon is not there. */
export function openHostOps(ops: LocalHostOps = openLinuxHostOps()): Host {
  const close = () => ops.close();
  return {
    ops,
    sync: ops.sync,
    clone: ops.clone,
    attachLoop: async (spec, options) => new LoopDevice(ops, await ops.loop.attach(spec, options)),
    createDm: async (spec) => new DmDevice(ops, await ops.dm.create(spec)),
    ...networkOf(ops),
    createNetns: async (name) => new NetworkNamespace(ops, await ops.netns.create(name)),
    spawn: async (spec) => new HostProcess(ops, await ops.process.spawn(spec)),
    close,
    [Symbol.asyncDispose]: close,
  };
}
