import type {
  LinkOptions,
  NetworkOps,
  NftCommand,
  NftTable,
  RouteSpec,
  TapCreate,
  VethPeer,
} from "../host-ops.ts";
import { addRoute, HostLink, type HostRoute } from "./net.ts";
import { createTable, type HostTable } from "./nft.ts";

/** What can be made in one network namespace. */
export interface Network {
  createTap(spec: TapCreate): Promise<HostLink>;
  createDummy(name: string, options?: LinkOptions): Promise<HostLink>;
  createBridge(name: string, options?: LinkOptions): Promise<HostLink>;
  createVeth(name: string, peer: VethPeer, options?: LinkOptions): Promise<HostLink>;
  addRoute(route: RouteSpec): Promise<HostRoute>;
  /** A new table of nftables, and more of it in the same transaction. ERR_HOST_EXISTS where there is one of that name. */
  createTable(table: NftTable, ...more: readonly NftCommand[]): Promise<HostTable>;
}

export function networkOf(ops: NetworkOps): Network {
  return {
    createTap: async (spec) => new HostLink(ops, await ops.tap.create(spec)),
    createDummy: async (name, options) => new HostLink(ops, await ops.link.createDummy(name, options)),
    createBridge: async (name, options) => new HostLink(ops, await ops.link.createBridge(name, options)),
    createVeth: async (name, peer, options) =>
      new HostLink(ops, await ops.link.createVeth(name, peer, options)),
    addRoute: (route) => addRoute(ops, route),
    createTable: (table, ...more) => createTable(ops, table, more),
  };
}
