import { DmDevice } from "./facade/dm.ts";
import { LoopDevice } from "./facade/loop.ts";
import { addRoute, HostLink, type HostRoute } from "./facade/net.ts";
import { NetworkNamespace } from "./facade/netns.ts";
import { createTable, type HostTable } from "./facade/nft.ts";
import { HostProcess } from "./facade/process.ts";
import type {
  CloneOps,
  DmCreate,
  HostOps,
  LinkOptions,
  LoopAttach,
  NftCommand,
  NftTable,
  ProcessSpawn,
  RouteSpec,
  TapCreate,
  VethPeer,
} from "./host-ops.ts";
import { openLinuxHostOps } from "./linux/index.ts";

export { DmDevice } from "./facade/dm.ts";
export { LoopDevice } from "./facade/loop.ts";
export { HostAddress, HostLink, HostNeighbour, HostRoute } from "./facade/net.ts";
export { NetworkNamespace } from "./facade/netns.ts";
export { HostTable } from "./facade/nft.ts";
export { HostObject } from "./facade/object.ts";
export { HostProcess } from "./facade/process.ts";

/** The library's face of HostOps (LIB-1): what is acquired is an object that gives itself back. Everything rejects with a HostError. */
export interface Host extends AsyncDisposable {
  /** The plain calls, by deterministic names; processes and files are there. */
  readonly ops: HostOps;
  readonly clone: CloneOps;
  attachLoop(spec: LoopAttach): Promise<LoopDevice>;
  createDm(spec: DmCreate): Promise<DmDevice>;
  createTap(spec: TapCreate): Promise<HostLink>;
  createDummy(name: string, options?: LinkOptions): Promise<HostLink>;
  createBridge(name: string, options?: LinkOptions): Promise<HostLink>;
  createVeth(name: string, peer: VethPeer, options?: LinkOptions): Promise<HostLink>;
  addRoute(route: RouteSpec): Promise<HostRoute>;
  /** A new table of nftables, and more of it in the same transaction. ERR_HOST_EXISTS where there is one of that name. */
  createTable(table: NftTable, ...more: readonly NftCommand[]): Promise<HostTable>;
  createNetns(name: string): Promise<NetworkNamespace>;
  spawn(spec: ProcessSpawn): Promise<HostProcess>;
  close(): Promise<void>;
}

/** Opens this host's kernel, or wraps given HostOps (a fake). Throws ERR_HOST_ADDON where the native addon is not there. */
export function openHostOps(ops: HostOps = openLinuxHostOps()): Host {
  const close = () => ops.close();
  return {
    ops,
    clone: ops.clone,
    attachLoop: async (spec) => new LoopDevice(ops, await ops.loop.attach(spec)),
    createDm: async (spec) => new DmDevice(ops, await ops.dm.create(spec)),
    createTap: async (spec) => new HostLink(ops, await ops.tap.create(spec)),
    createDummy: async (name, options) => new HostLink(ops, await ops.link.createDummy(name, options)),
    createBridge: async (name, options) => new HostLink(ops, await ops.link.createBridge(name, options)),
    createVeth: async (name, peer, options) =>
      new HostLink(ops, await ops.link.createVeth(name, peer, options)),
    addRoute: (route) => addRoute(ops, route),
    createTable: (table, ...more) => createTable(ops, table, more),
    createNetns: async (name) => new NetworkNamespace(ops, await ops.netns.create(name)),
    spawn: async (spec) => new HostProcess(ops, await ops.process.spawn(spec)),
    close,
    [Symbol.asyncDispose]: close,
  };
}
