import { formatCidr, formatIpv4, parseCidr, parseIpv4, parseMac } from "../addresses.ts";
import { hasErrno } from "../host-error.ts";
import type { AddressOps, NeighbourOps, RouteInfo, RouteOps, RouteSpec } from "../host-ops.ts";
import { host } from "../native-error.ts";
import type { Addon } from "./addon.ts";

/** Index of a link; ENODEV (ERR_HOST_NOT_FOUND) where there is none. */
async function indexOf(addon: Addon, link: string): Promise<number> {
  return (await host(link, () => addon.linkGet(link))).index;
}

async function namesByIndex(addon: Addon): Promise<Map<number, string>> {
  return new Map((await host("links", () => addon.linkDump())).map((link) => [link.index, link.name]));
}

/** IPv4 addresses by rtnetlink (linux/if_addr.h). */
export class LinuxAddress implements AddressOps {
  readonly #addon: Addon;

  constructor(addon: Addon) {
    this.#addon = addon;
  }

  async add(link: string, cidr: string): Promise<void> {
    const { address, prefixLength } = parseCidr(cidr);
    const index = await indexOf(this.#addon, link);
    try {
      await host(link, () => this.#addon.addressAdd(index, address, prefixLength, `${cidr} of ${link}`));
    } catch (error) {
      if (!hasErrno(error, "EEXIST")) throw error;
    }
  }

  async list(link?: string): Promise<{ link: string; cidr: string }[]> {
    const names = await namesByIndex(this.#addon);
    const addresses = await host("addresses", () => this.#addon.addressDump());
    return addresses
      .map((found) => ({
        link: names.get(found.linkIndex) ?? "",
        cidr: formatCidr(found.address, found.prefixLength),
      }))
      .filter((found) => found.link !== "" && (link === undefined || found.link === link));
  }
}

/** The IPv4 main table by rtnetlink (linux/rtnetlink.h). */
export class LinuxRoute implements RouteOps {
  readonly #addon: Addon;

  constructor(addon: Addon) {
    this.#addon = addon;
  }

  async add(route: RouteSpec): Promise<void> {
    const { address, prefixLength, source } = decode(route);
    const index = await indexOf(this.#addon, route.link);
    try {
      await host(route.destination, () =>
        this.#addon.routeAdd(index, address, prefixLength, source, describe(route)),
      );
    } catch (error) {
      // The kernel keeps one route a destination and metric, whatever its link.
      if (!hasErrno(error, "EEXIST") || !(await this.#isThere(route, index))) throw error;
    }
  }

  async #isThere(route: RouteSpec, index: number): Promise<boolean> {
    const routes = await host("routes", () => this.#addon.routeDump());
    return routes.some(
      (found) =>
        found.linkIndex === index &&
        formatCidr(found.address, found.prefixLength) === route.destination &&
        (found.source === null ? undefined : formatIpv4(found.source)) === route.source,
    );
  }

  async delete(route: RouteSpec): Promise<void> {
    const { address, prefixLength, source } = decode(route);
    try {
      const index = await indexOf(this.#addon, route.link);
      await host(route.destination, () =>
        this.#addon.routeDelete(index, address, prefixLength, source, describe(route)),
      );
    } catch (error) {
      // ENOENT: its network namespace is gone.
      if (!hasErrno(error, "ESRCH", "ENODEV", "ENOENT")) throw error;
    }
  }

  async list(): Promise<RouteInfo[]> {
    const names = await namesByIndex(this.#addon);
    const routes = await host("routes", () => this.#addon.routeDump());
    return routes.map((found) => ({
      destination: formatCidr(found.address, found.prefixLength),
      link: names.get(found.linkIndex) ?? null,
      gateway: found.gateway === null ? null : formatIpv4(found.gateway),
    }));
  }
}

function decode(route: RouteSpec) {
  return {
    ...parseCidr(route.destination),
    source: route.source === undefined ? null : parseIpv4(route.source),
  };
}

function describe(route: RouteSpec): string {
  return `${route.destination} by ${route.link}`;
}

/** Neighbour entries by rtnetlink (linux/neighbour.h). */
export class LinuxNeighbour implements NeighbourOps {
  readonly #addon: Addon;

  constructor(addon: Addon) {
    this.#addon = addon;
  }

  async set(entry: { link: string; address: string; mac: string }): Promise<void> {
    const address = parseIpv4(entry.address);
    const mac = parseMac(entry.mac);
    const index = await indexOf(this.#addon, entry.link);
    await host(entry.address, () =>
      this.#addon.neighbourSet(index, address, mac, `${entry.address} of ${entry.link}`),
    );
  }
}
