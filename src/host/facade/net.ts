import type { AddressOptions, LinkChange, LinkInfo, LinkSysctl, NetworkOps, RouteSpec } from "../host-ops.ts";
import { undoing } from "../undoing.ts";
import { HostObject } from "./object.ts";

/** Where a link is, and what it is called there, now: {@link HostLink} changes it. */
interface Place {
  ops: NetworkOps;
  name: string;
}

/** Gives back what a link was given, by the name that it has now; in another namespace than then it has it no more. */
function releaseOf(
  place: Readonly<Place>,
  release: (ops: NetworkOps, link: string) => Promise<void>,
): () => Promise<void> {
  const { ops } = place;
  return async () => {
    if (place.ops === ops) await release(ops, place.name);
  };
}

/** An address of a link (`172.30.0.1/32`); closing takes it off, also where it was there before. */
export class HostAddress extends HostObject<{ link: string; cidr: string }> {
  constructor(place: Readonly<Place>, cidr: string, options?: Pick<AddressOptions, "peer">) {
    const release = releaseOf(place, (ops, link) => ops.address.delete(link, cidr, options));
    super({ link: place.name, cidr }, release);
  }
}

/** A route; closing deletes it, also where it was there before. It may be gone already, with its link. */
export class HostRoute extends HostObject<RouteSpec> {
  /** `place` is that of its link, where that is an object of ours. */
  constructor(ops: NetworkOps, route: RouteSpec, place: Readonly<Place> | null = null) {
    const release =
      place === null
        ? () => ops.route.delete(route)
        : releaseOf(place, (inside, link) => inside.route.delete({ ...route, link }));
    super(route, release);
  }
}

/** A permanent neighbour entry; closing deletes it. */
export class HostNeighbour extends HostObject<{ link: string; address: string; mac: string }> {
  constructor(place: Readonly<Place>, address: string, mac: string) {
    const release = releaseOf(place, (ops, link) => ops.neighbour.delete({ link, address }));
    super({ link: place.name, address, mac }, release);
  }
}

/** A link that was made: closing deletes it, and its addresses, routes and neighbours with it; of a veth its other end too. */
export class HostLink extends HostObject<LinkInfo> {
  readonly #place: Place;

  /** `info` is the link as it was when it was made. */
  constructor(ops: NetworkOps, info: LinkInfo) {
    const place: Place = { ops, name: info.name };
    super(info, () => place.ops.link.delete(place.name));
    this.#place = place;
  }

  /** Its name now. */
  get name(): string {
    return this.#place.name;
  }

  /** Of the namespace in which it is now. */
  get #ops(): NetworkOps {
    return this.#place.ops;
  }

  /** Rejects as `link.set` does, with ERR_HOST_NOT_FOUND when somebody else has deleted it. */
  setUp(up: boolean): Promise<void> {
    return this.#ops.link.setUp(this.name, up);
  }

  /** Several settings in one message. ERR_HOST_NOT_FOUND, ERR_HOST_INVALID; as {@link LinkOps.set}. */
  set(change: LinkChange): Promise<void> {
    return this.#ops.link.set(this.name, change);
  }

  /** ERR_HOST_EXISTS when the name is taken; as {@link LinkOps.rename}. What was made of it goes by its new name too. */
  async rename(newName: string): Promise<void> {
    await this.#ops.link.rename(this.name, newName);
    this.#place.name = newName;
  }

  /** Into another network namespace, or back into that of the host; as {@link LinkOps.moveTo} does it. What was made of it before is gone then. */
  async moveTo(
    to: { readonly ops: NetworkOps; readonly info?: { readonly name: string } },
    name: string = this.name,
  ): Promise<void> {
    await this.#ops.link.moveTo(this.name, { namespace: to.info?.name ?? null, name });
    Object.assign(this.#place, { ops: to.ops, name });
  }

  /** As it is now; null when it is gone. As {@link LinkOps.get}. */
  inspect(): Promise<LinkInfo | null> {
    return this.#ops.link.get(this.name);
  }

  /** `172.30.0.1/32`, `fd00::1/64`. ERR_HOST_INVALID, ERR_HOST_NOT_FOUND, ERR_HOST_PERMISSION; as {@link AddressOps.add}. */
  async addAddress(cidr: string, options?: AddressOptions): Promise<HostAddress> {
    await this.#ops.address.add(this.name, cidr, options);
    return new HostAddress(this.#place, cidr, options);
  }

  /** A route over this link. ERR_HOST_EXISTS for another one to there, ERR_HOST_INVALID; as {@link RouteOps.add}. */
  addRoute(route: Omit<RouteSpec, "link">): Promise<HostRoute> {
    return addRoute(this.#ops, { ...route, link: this.name }, this.#place);
  }

  /** A permanent entry in its neighbour table. ERR_HOST_NOT_FOUND, ERR_HOST_INVALID. */
  async setNeighbour(address: string, mac: string): Promise<HostNeighbour> {
    await this.#ops.neighbour.set({ link: this.name, address, mac });
    return new HostNeighbour(this.#place, address, mac);
  }

  /** Of a bridge: closing what comes back takes the port off again. A port of another bridge changes to this one. ERR_HOST_NOT_FOUND, ERR_HOST_UNSUPPORTED where this is no bridge. */
  async addPort(link: string, options: { isolated?: boolean } = {}): Promise<HostObject<{ link: string }>> {
    await this.#ops.link.addPort(this.name, link);
    const port = new HostObject({ link }, () => this.#ops.link.removePort(link));
    try {
      if (options.isolated === true) await this.#ops.link.setIsolated(link, true);
    } catch (error) {
      throw await undoing(error, () => port.close());
    }
    return port;
  }

  /** `forwarding`: one setting of it. ERR_HOST_NOT_FOUND. */
  readSysctl(of: Omit<LinkSysctl, "link">): Promise<string> {
    return this.#ops.link.readSysctl({ ...of, link: this.name });
  }

  /** ERR_HOST_INVALID for a value that the kernel refuses, ERR_HOST_NOT_FOUND. */
  writeSysctl(of: Omit<LinkSysctl, "link">, value: string | number): Promise<void> {
    return this.#ops.link.writeSysctl({ ...of, link: this.name }, value);
  }
}

export async function addRoute(
  ops: NetworkOps,
  route: RouteSpec,
  place: Readonly<Place> | null = null,
): Promise<HostRoute> {
  await ops.route.add(route);
  return new HostRoute(ops, route, place);
}
