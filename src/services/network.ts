import type { Place } from "../domain/place.ts";
import type { Problem } from "../domain/ports.ts";
import { tapName } from "../domain/vm.ts";
import type { AddressInfo, HostOps, LinkInfo, RouteInfo } from "../host/host-ops.ts";
import { errorCode } from "../shared/errors.ts";
import { gatewayOf } from "../shared/ipv4.ts";
import { Anchor, type GatewayUser } from "./network/anchor.ts";
import { type Endpoint, tapOf, tapTaken } from "./network/endpoint.ts";
import { GuestTaps } from "./network/guest-taps.ts";
import type { LinkIntents } from "./network/intents.ts";
import { type Look, LookTurns } from "./network/look-turns.ts";
import { rangeProblems } from "./network/range.ts";
import { TapBin } from "./network/tap-bin.ts";
import { isAsMade, type ReadyTap, TapPool, type TapPoolOptions } from "./network/tap-pool.ts";

/** What TAPs that are ready before their VM come need (NET-2). */
export type PoolSettings = Omit<TapPoolOptions, "host" | "intents" | "bin" | "gateway">;

export interface NetworkSettings {
  /** Without one each TAP is made when it is asked for, and deleted when it is let go of. */
  readonly pool?: PoolSettings;
  /** Another text when ways to guests have changed. Without it every look is at all of them. */
  readonly ways?: () => Promise<string>;
}

/**
 * The host's side of the network [NET-1]: a gateway address on an anchor link, and per VM a TAP of its own with a host route. No
 * bridge. Names derive from the slot, so every release is possible without a record.
 */
export class HostNetwork {
  readonly gateway: string;
  readonly #cidr: string;
  readonly #host: HostOps;
  readonly #anchor: Anchor;
  readonly #guests: GuestTaps;
  readonly #pool: { readonly taps: TapPool; readonly bin: TapBin } | null;
  /** Taken from the pool, and not connected yet. */
  readonly #claimed = new Map<string, ReadyTap>();

  readonly #turns: LookTurns | null;
  #routes: readonly RouteInfo[] = [];

  constructor(host: HostOps, cidr: string, intents: LinkIntents, { pool, ways }: NetworkSettings = {}) {
    this.#host = host;
    this.#cidr = cidr;
    this.gateway = gatewayOf(cidr);
    this.#anchor = new Anchor(host, this.gateway, intents);
    this.#guests = new GuestTaps(host, this.gateway);
    const mark = async () => `${await ways?.()} ${await this.#anchor.mark()}`;
    this.#turns = ways === undefined ? null : new LookTurns({ mark, now: () => performance.now() });
    if (pool === undefined) {
      this.#pool = null;
      return;
    }
    const bin = new TapBin({ ...pool, host, intents });
    this.#pool = { bin, taps: new TapPool({ ...pool, host, intents, bin, gateway: this.gateway }) };
  }

  /** From now on `user` is told when the gateway address comes and goes. */
  serveGateway(user: GatewayUser): void {
    this.#anchor.serve(user);
  }

  /** Makes sure of the gateway for VMs that an earlier daemon has started. */
  async restore(): Promise<void> {
    await this.#anchor.ensure();
  }

  /** VMs that an earlier daemon has started, which are all that run. What else it left goes. */
  async adopt(running: readonly Endpoint[]): Promise<void> {
    for (const endpoint of running) this.#guests.add(endpoint, null);
    this.#turns?.expire();
    await this.#pool?.bin.sweep(new Set(running.map(({ slot }) => tapName(slot))));
    if (this.#anchor.isUp) this.#pool?.taps.refill();
  }

  /** The range is checked against the host's routes and addresses. */
  preflight(): Promise<Problem[]> {
    return rangeProblems(this.#host, this.#cidr);
  }

  /** What a new VM can have without a wait. */
  get readyPlaces(): readonly Place[] {
    return this.#pool?.taps.places ?? [];
  }

  /** Before a name is written down as this VM's: that nobody else has it. ERR_TAP_TAKEN. */
  async claim(slot: number): Promise<void> {
    const tap = tapName(slot);
    const ready = this.#pool === null ? null : await this.#pool.taps.take(slot);
    const { sync, link: links } = this.#host;
    // Mostly there is none, which is known without a wait.
    if (ready === null && sync?.link.exists(tap) === false) return;
    const link = await links.get(tap);
    if (link === null) return;
    if (ready !== null && isAsMade(link, ready)) this.#claimed.set(tap, ready);
    else if (await this.#pool?.bin.isLeftOver(link)) await links.delete(tap);
    else throw tapTaken(tap);
  }

  /** TAP, route and neighbour entry of one VM, whose name was claimed. */
  async connect(endpoint: Endpoint): Promise<void> {
    // Known without a wait: the TAP takes longest of all that a create makes at once, so its request goes before the others.
    if (!this.#anchor.isUp) await this.#anchor.ensure();
    const tap = tapName(endpoint.slot);
    const ready = this.#claimed.get(tap);
    this.#claimed.delete(tap);
    if (ready?.address === endpoint.address && ready.uid === endpoint.uid) {
      this.#guests.add(endpoint, ready.index);
    } else {
      if (ready !== undefined) await this.#host.link.delete(tap);
      this.#guests.add(endpoint, (await this.#make(endpoint)).index);
    }
    this.#pool?.taps.needed();
    this.#turns?.expire();
  }

  /** A guest is not waited for any more: what the next ones need is made, unless its VM was the last and has ended. */
  prepareNext(): void {
    if (this.#guests.size > 0) this.#pool?.taps.refill();
  }

  async #make(endpoint: Endpoint): Promise<LinkInfo> {
    const spec = tapOf(endpoint, this.gateway);
    try {
      return await this.#host.tap.create(spec);
    } catch (error) {
      if (this.#pool !== null && errorCode(error) === "ERR_HOST_EXISTS") {
        // Where addresses and slots are not in step, another TAP may be ready with this address, or on its way out.
        await this.#pool.taps.vacate(endpoint.address);
      } else {
        // Somebody may have taken the gateway's address, without which there is no such route; nobody looks after it while no VM runs.
        const [links, addresses] = await Promise.all([this.#host.link.list("b"), this.#host.address.list()]);
        if ((await this.#repairAnchor(links, addresses)).length === 0) throw error;
      }
      return this.#host.tap.create(spec);
    }
  }

  /** The TAP goes, and with it its route and neighbour entry: later, where there is a pool. Not there is a success. */
  async disconnect(tap: string): Promise<void> {
    this.#guests.remove(tap);
    this.#claimed.delete(tap);
    if (this.#pool === null) return this.#host.link.delete(tap);
    // A disk that is full keeps nobody from deleting a VM.
    await this.#pool.bin.discard(tap).catch(() => this.#host.link.delete(tap));
    if (this.#guests.size === 0) this.#pool.taps.idle();
  }

  /** Whether somebody deleted a running VM's TAP: it has no network until it is started anew. */
  isLost(tap: string): boolean {
    return this.#guests.isLost(tap);
  }

  /**
   * Looks whether anchor, TAPs, routes and neighbour entries are as they were made, and makes them so. Resolves to the host's routes as they were
   * when that was last needed, what was restored, and what cannot be. ERR_HOST_*
   */
  async look(): Promise<Look> {
    const seen =
      this.#turns === null ? await this.#lookAtAll() : await this.#turns.take(() => this.#lookAtAll());
    if (seen !== null) this.#routes = seen.routes;
    return seen ?? { routes: this.#routes, restored: [], lost: [] };
  }

  async #lookAtAll(): Promise<Look> {
    const { link, route, neighbour, address } = this.#host;
    const known = this.#guests.all;
    const [listed, neighbours] = await Promise.all([route.list(), neighbour.list()]);
    // After the routes, which go with the address: who finds no route finds no address either.
    const [links, addresses] = await Promise.all([link.list("b"), address.list()]);
    const anchor = await this.#repairAnchor(links, addresses);
    const routes = anchor.length > 0 ? await route.list() : listed;
    const { restored, lost } = await this.#guests.repair(known, { links, routes, neighbours });
    return { routes, restored: [...anchor, ...restored], lost };
  }

  /** The TAPs' routes have the gateway's address, and went with it. */
  async #repairAnchor(links: readonly LinkInfo[], addresses: readonly AddressInfo[]): Promise<string[]> {
    const restored = await this.#anchor.repair(links, addresses);
    if (restored.length > 0) void this.#pool?.taps.renew();
    return restored;
  }

  /** The daemon ends: nothing is kept ready any more. Never rejects. */
  async closePool(): Promise<void> {
    await this.#pool?.taps.close();
  }

  /** Takes the anchor down: nothing of banger stays in the kernel when no VM runs (DMN-6). */
  async close(): Promise<void> {
    await this.closePool();
    await this.#pool?.bin.sweep(new Set());
    await this.#anchor.close();
  }
}
