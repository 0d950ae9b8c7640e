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
  /** A persistent TAP. ERR_HOST_EXISTS, ERR_HOST_INVALID, ERR_HOST_UNSUPPORTED; as {@link TapOps.create}. */
  createTap(spec: TapCreate): Promise<HostLink>;
  /** A dummy device. ERR_HOST_EXISTS, ERR_HOST_UNSUPPORTED where the kernel has none; as {@link LinkOps.createDummy}. */
  createDummy(name: string, options?: LinkOptions): Promise<HostLink>;
  /** A bridge. ERR_HOST_EXISTS, ERR_HOST_UNSUPPORTED; as {@link LinkOps.createBridge}. */
  createBridge(name: string, options?: LinkOptions): Promise<HostLink>;
  /** Two links, each the other's end. ERR_HOST_EXISTS, ERR_HOST_UNSUPPORTED; as {@link LinkOps.createVeth}. */
  createVeth(name: string, peer: VethPeer, options?: LinkOptions): Promise<HostLink>;
  /** A route. ERR_HOST_EXISTS for another one to there, ERR_HOST_NOT_FOUND without its link, ERR_HOST_INVALID; as {@link RouteOps.add}. */
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
