import { macOfSlot, tapName } from "../../domain/vm.ts";
import type { HostOps, LinkInfo, NeighbourInfo, RouteInfo } from "../../host/host-ops.ts";
import { errorCode } from "../../shared/errors.ts";
import { type Endpoint, tapOf } from "./endpoint.ts";

/** Of one look at the kernel. */
export interface Seen {
  readonly links: readonly LinkInfo[];
  readonly routes: readonly RouteInfo[];
  readonly neighbours: readonly NeighbourInfo[];
}

/** A TAP that is to be there. */
export interface Known extends Endpoint {
  /** Null: not seen yet by this daemon. */
  index: number | null;
  isLost: boolean;
}

type Host = Pick<HostOps, "link" | "route" | "neighbour">;

/** The TAPs of VMs that run, as they are to be, and what it takes to have them so again. */
export class GuestTaps {
  readonly #host: Host;
  readonly #gateway: string;
  readonly #known = new Map<string, Known>();

  constructor(host: Host, gateway: string) {
    this.#host = host;
    this.#gateway = gateway;
  }

  get size(): number {
    return this.#known.size;
  }

  /** `index`: null where an earlier daemon has made it. */
  add(endpoint: Endpoint, index: number | null): void {
    this.#known.set(tapName(endpoint.slot), { ...endpoint, index, isLost: false });
  }

  remove(tap: string): void {
    this.#known.delete(tap);
  }

  /** Whether somebody deleted the TAP under its VMM, which has no network from then on. */
  isLost(tap: string): boolean {
    return this.#known.get(tap)?.isLost === true;
  }

  /** To be taken before a look: what comes later is not in it. */
  get all(): readonly Known[] {
    return [...this.#known.values()];
  }

  /**
   * Puts right what differs, of each whatever becomes of the others. Resolves to what that was, and which TAPs were found to be lost. ERR_HOST_*
   */
  async repair(before: readonly Known[], seen: Seen): Promise<{ restored: string[]; lost: string[] }> {
    const byName = new Map(seen.links.map((link) => [link.name, link]));
    const routes = taken(seen.routes);
    const neighbours = new Map(seen.neighbours.map((entry) => [`${entry.link} ${entry.address}`, entry]));
    const restored: string[] = [];
    const lost: string[] = [];
    const failures: unknown[] = [];
    for (const known of before) {
      const tap = tapName(known.slot);
      const link = byName.get(tap);
      if (known.isLost || this.#known.get(tap) !== known) continue;
      if (link === undefined || (known.index !== null && known.index !== link.index)) {
        known.isLost = true;
        lost.push(tap);
        continue;
      }
      known.index = link.index;
      const route = routes.get(`${known.address}/32`);
      const neighbour = neighbours.get(`${tap} ${known.address}`);
      try {
        restored.push(...(await this.#restore(known, link, route, neighbour)));
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
    return { restored, lost };
  }

  async #restore(
    known: Known,
    { name, up }: LinkInfo,
    route: RouteInfo | undefined,
    neighbour: NeighbourInfo | undefined,
  ): Promise<string[]> {
    const restored: string[] = [];
    const { address } = known;
    const mac = macOfSlot(known.slot);
    try {
      if (!up) {
        await this.#host.link.setUp(name, true);
        restored.push(`${name} up`);
      }
      // What leads by a link that is down goes with it.
      if (!up || route?.link !== name || route.source !== this.#gateway || route.gateway !== null) {
        for (const way of tapOf(known, this.#gateway).routes ?? []) {
          // Behind another one of its metric it would stay there: the kernel replaces the first, but by none that is there (EEXIST).
          await this.#host.route.delete({ ...way, link: name });
          await this.#host.route.replace({ ...way, link: name });
        }
        restored.push(`route to ${address}`);
      }
      if (!up || neighbour?.mac !== mac || neighbour.state !== "permanent") {
        await this.#host.neighbour.set({ link: name, address, mac });
        restored.push(`neighbour ${address}`);
      }
    } catch (error) {
      // Its VM ended meanwhile, or the next look finds that it is lost.
      if (errorCode(error) !== "ERR_HOST_NOT_FOUND") throw error;
    }
    return restored;
  }
}

/** By destination, the route that the kernel takes: that of the smallest metric, and of those the first. */
function taken(routes: readonly RouteInfo[]): Map<string, RouteInfo> {
  const found = new Map<string, RouteInfo>();
  for (const route of routes) {
    const other = found.get(route.destination);
    if (other === undefined || route.metric < other.metric) found.set(route.destination, route);
  }
  return found;
}
