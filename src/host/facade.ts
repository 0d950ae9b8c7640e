import type {
  CloneOps,
  DmCreate,
  DmInfo,
  HostOps,
  LinkInfo,
  LoopAttach,
  LoopInfo,
  RouteSpec,
  TapCreate,
} from "./host-ops.ts";
import { openLinuxHostOps } from "./linux/index.ts";

/** What was acquired from the kernel: given back by `close()`, or at the end of an `await using` block. Closing twice is once. */
export class HostObject<Info> implements AsyncDisposable {
  readonly info: Info;
  readonly #release: () => Promise<void>;
  #closing: Promise<void> | null = null;

  constructor(info: Info, release: () => Promise<void>) {
    this.info = info;
    this.#release = release;
  }

  close(): Promise<void> {
    this.#closing ??= this.#release().catch((error: unknown) => {
      this.#closing = null; // it is still there, so closing may be tried again
      throw error;
    });
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** A loop device; closing detaches it. */
export class LoopDevice extends HostObject<LoopInfo> {
  readonly #ops: HostOps;

  constructor(ops: HostOps, info: LoopInfo) {
    super(info, () => ops.loop.detach(info.device));
    this.#ops = ops;
  }

  /** After its backing file has grown (LOOP_SET_CAPACITY). */
  refreshSize(): Promise<void> {
    return this.#ops.loop.refreshSize(this.info.device);
  }
}

/** A device-mapper device; closing removes it, or has it removed when its last user closes it. */
export class DmDevice extends HostObject<DmInfo> {
  constructor(ops: HostOps, info: DmInfo) {
    super(info, async () => {
      await ops.dm.remove(info.name, { deferred: true });
    });
  }
}

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
    close,
    [Symbol.asyncDispose]: close,
  };
}
