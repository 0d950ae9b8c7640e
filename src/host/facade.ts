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
  readonly clone: CloneOps;
  attachLoop(spec: LoopAttach): Promise<LoopDevice>;
  createDm(spec: DmCreate): Promise<DmDevice>;
  createNetns(name: string): Promise<NetworkNamespace>;
  spawn(spec: ProcessSpawn): Promise<HostProcess>;
  close(): Promise<void>;
}

/** Opens this host's kernel, or wraps given HostOps (a fake). Throws ERR_HOST_ADDON where the native addon is not there. */
export function openHostOps(ops: LocalHostOps = openLinuxHostOps()): Host {
  const close = () => ops.close();
  return {
    ops,
    sync: ops.sync,
    clone: ops.clone,
    attachLoop: async (spec) => new LoopDevice(ops, await ops.loop.attach(spec)),
    createDm: async (spec) => new DmDevice(ops, await ops.dm.create(spec)),
    ...networkOf(ops),
    createNetns: async (name) => new NetworkNamespace(ops, await ops.netns.create(name)),
    spawn: async (spec) => new HostProcess(ops, await ops.process.spawn(spec)),
    close,
    [Symbol.asyncDispose]: close,
  };
}
