import { parseCidr, parseIpv4, parseMac } from "../addresses.ts";
import { HostError } from "../host-error.ts";
import type { AddressOps, NeighbourOps, RouteInfo, RouteOps, RouteSpec } from "../host-ops.ts";
import type { Faults } from "./faults.ts";
import { type FakeKernel, remove } from "./kernel.ts";

export class FakeAddress implements AddressOps {
  readonly #kernel: FakeKernel;
  readonly #faults: Faults;

  constructor(kernel: FakeKernel, faults: Faults) {
    this.#kernel = kernel;
    this.#faults = faults;
  }

  async add(link: string, cidr: string): Promise<void> {
    await this.#faults.gate("address.add", `${cidr} of ${link}`);
    parseCidr(cidr);
    this.#kernel.link(link, "netlink(RTM_GETLINK)");
    if (this.#kernel.addresses.some((known) => known.link === link && known.cidr === cidr)) return;
    this.#kernel.addresses.push({ link, cidr });
  }

  async list(link?: string): Promise<{ link: string; cidr: string }[]> {
    await this.#faults.gate("address.list", link ?? "addresses");
    return this.#kernel.addresses.filter((known) => link === undefined || known.link === link);
  }
}

export class FakeRoute implements RouteOps {
  readonly #kernel: FakeKernel;
  readonly #faults: Faults;

  constructor(kernel: FakeKernel, faults: Faults) {
    this.#kernel = kernel;
    this.#faults = faults;
  }

  async add(route: RouteSpec): Promise<void> {
    await this.#faults.gate("route.add", route.destination);
    parseCidr(route.destination);
    const link = this.#kernel.link(route.link, "netlink(RTM_GETLINK)");
    const fail = (errnoCode: string) =>
      new HostError({ errnoCode, syscall: "netlink(RTM_NEWROUTE)", object: route.destination });
    if (!link.info.up) throw fail("ENETDOWN");
    if (route.source !== undefined && !this.#isLocal(route.source)) throw fail("EINVAL");
    const known = this.#kernel.routes.find((other) => other.destination === route.destination);
    if (known === undefined) this.#kernel.routes.push({ ...route });
    else if (known.link !== route.link || known.source !== route.source) throw fail("EEXIST");
  }

  async delete(route: RouteSpec): Promise<void> {
    await this.#faults.gate("route.delete", route.destination);
    parseCidr(route.destination);
    remove(
      this.#kernel.routes,
      (known) => known.destination === route.destination && known.link === route.link,
    );
  }

  async list(): Promise<RouteInfo[]> {
    await this.#faults.gate("route.list", "routes");
    return this.#kernel.routes.map(({ destination, link }) => ({ destination, link, gateway: null }));
  }

  #isLocal(source: string): boolean {
    parseIpv4(source);
    return this.#kernel.addresses.some(({ cidr }) => cidr.startsWith(`${source}/`));
  }
}

export class FakeNeighbour implements NeighbourOps {
  readonly #kernel: FakeKernel;
  readonly #faults: Faults;

  constructor(kernel: FakeKernel, faults: Faults) {
    this.#kernel = kernel;
    this.#faults = faults;
  }

  async set(entry: { link: string; address: string; mac: string }): Promise<void> {
    await this.#faults.gate("neighbour.set", entry.address);
    parseIpv4(entry.address);
    parseMac(entry.mac);
    this.#kernel.link(entry.link, "netlink(RTM_GETLINK)");
    remove(this.#kernel.neighbours, (known) => known.link === entry.link && known.address === entry.address);
    this.#kernel.neighbours.push({ ...entry });
  }
}
