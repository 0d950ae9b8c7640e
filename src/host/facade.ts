import { DmDevice } from "./facade/dm.ts";
import { LoopDevice } from "./facade/loop.ts";
import { createTable, type HostTable } from "./facade/nft.ts";
import { HostObject } from "./facade/object.ts";
import type {
  CloneOps,
  DmCreate,
  HostOps,
  LinkInfo,
  LoopAttach,
  NftCommand,
  NftTable,
  RouteSpec,
  TapCreate,
} from "./host-ops.ts";
import { openLinuxHostOps } from "./linux/index.ts";

export { DmDevice } from "./facade/dm.ts";
export { LoopDevice } from "./facade/loop.ts";
export { HostTable } from "./facade/nft.ts";
export { HostObject } from "./facade/object.ts";

/** A TAP or dummy link; closing deletes it, and its addresses and routes with it. */
export class HostLink extends HostObject<LinkInfo> {
  readonly #ops: HostOps;

  constructor(ops: HostOps, info: LinkInfo) {
    super(info, () => ops.link.delete(info.name));
    this.#ops = ops;
  }

  setUp(up: boolean): Promise<void> {
    return this.#ops.link.setUp(this.info.name, up);
  }

  /** `172.30.0.1/32` */
  addAddress(cidr: string): Promise<void> {
    return this.#ops.address.add(this.info.name, cidr);
  }
}

/** The library's face of HostOps (LIB-1): what is acquired is an object that gives itself back. Everything rejects with a HostError. */
export interface Host extends AsyncDisposable {
  /** The plain calls, by deterministic names; processes and files are there. */
  readonly ops: HostOps;
  readonly clone: CloneOps;
  attachLoop(spec: LoopAttach): Promise<LoopDevice>;
  createDm(spec: DmCreate): Promise<DmDevice>;
  createTap(spec: TapCreate): Promise<HostLink>;
  createDummy(name: string): Promise<HostLink>;
  addRoute(route: RouteSpec): Promise<HostObject<RouteSpec>>;
  /** A new table of nftables, and more of it in the same transaction. ERR_HOST_EXISTS where there is one of that name. */
  createTable(table: NftTable, ...more: readonly NftCommand[]): Promise<HostTable>;
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
    createDummy: async (name) => new HostLink(ops, await ops.link.createDummy(name)),
    addRoute: async (route) => {
      await ops.route.add(route);
      return new HostObject(route, () => ops.route.delete(route));
    },
    createTable: (table, ...more) => createTable(ops, table, more),
    close,
    [Symbol.asyncDispose]: close,
  };
}
