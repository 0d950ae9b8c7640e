import { formatCidr, formatIp, parseCidr } from "../addresses.ts";
import { hasErrno } from "../host-error.ts";
import type { AddressOps, Overlap, RouteInfo, RouteOps, RouteQuery, RouteSpec } from "../host-ops.ts";
import { host } from "../native-error.ts";
import { nameOf, numberOf, PROTOCOLS, ROUTE_TYPES, SCOPES } from "../net-names.ts";
import { overlapsOf } from "../overlap.ts";
import { isGiven, MAIN_TABLE, readRoute, sameRoute } from "../route-rules.ts";
import type { Addon, NativeListed, NativeRoute } from "./addon.ts";
import { byName } from "./link-index.ts";

/** Routes by rtnetlink (linux/rtnetlink.h). */
export class LinuxRoute implements RouteOps {
  readonly #addon: Addon;
  readonly #addresses: AddressOps;

  constructor(addon: Addon, addresses: AddressOps) {
    this.#addon = addon;
    this.#addresses = addresses;
  }

  async add(route: RouteSpec): Promise<void> {
    const native = nativeRoute(route);
    try {
      await host(route.destination, () => this.#addon.routeAdd(...native));
    } catch (error) {
      // The kernel keeps one route a destination and metric, whatever its link.
      if (!hasErrno(error, "EEXIST") || !(await this.#isThere(route, native[0]))) throw error;
    }
  }

  async #isThere(route: RouteSpec, { address, table }: NativeRoute): Promise<boolean> {
    const there = await this.list({ family: address.length === 4 ? 4 : 6, table });
    return there.some((found) => sameRoute(route, found));
  }

  async replace(route: RouteSpec): Promise<void> {
    const native = nativeRoute(route);
    await host(route.destination, () => this.#addon.routeReplace(...native));
  }

  async delete(route: RouteSpec): Promise<void> {
    try {
      const [native, about] = nativeRoute(route);
      const any = { ...native, ...anyUnlessGiven(route, native) };
      // The kernel would take one of any metric.
      if (route.metric === 0 && any.metric === 0 && !(await this.#hasGiven(route, native))) return;
      await host(route.destination, () => this.#addon.routeDelete(any, about));
    } catch (error) {
      // ENOENT: its network namespace is gone.
      if (!hasErrno(error, "ESRCH", "ENODEV", "ENOENT")) throw error;
    }
  }

  async #hasGiven(route: RouteSpec, { address, table }: NativeRoute): Promise<boolean> {
    const there = await this.list({ family: address.length === 4 ? 4 : 6, table });
    return there.some((found) => isGiven(route, found));
  }

  async list(query: RouteQuery = {}): Promise<RouteInfo[]> {
    const { family = 4, table = MAIN_TABLE } = query;
    const routes = await this.#dump(family, table);
    return routes
      .filter((found) => table === 0 || found.table === table) // a kernel before 4.20 gives all tables
      .map(infoOf);
  }

  /** A table that has never had a route is not there. */
  async #dump(family: number, table: number): Promise<NativeListed<NativeRoute>[]> {
    try {
      return await host("routes", () => this.#addon.routeDump(family, table));
    } catch (error) {
      if (hasErrno(error, "ENOENT")) return [];
      throw error;
    }
  }

  async overlaps(cidr: string): Promise<Overlap[]> {
    const family = parseCidr(cidr).address.length === 4 ? 4 : 6;
    const [routes, addresses] = await Promise.all([
      this.list({ family }),
      this.#addresses.list(undefined, family),
    ]);
    return overlapsOf(cidr, routes, addresses);
  }
}

/** A route as the addon takes it, and what an error of it is about. ERR_HOST_INVALID. */
export function nativeRoute(route: RouteSpec): [NativeRoute, string] {
  const { address, prefixLength, source, gateway, table, metric, scope, type } = readRoute(route);
  const native = {
    address,
    bits: prefixLength,
    source,
    gateway,
    table,
    metric,
    scope: numberOf(SCOPES, scope),
    type: numberOf(ROUTE_TYPES, type),
    protocol: PROTOCOLS.static,
    onLink: route.onLink === true,
  };
  const link = route.link === undefined ? { linkIndex: 0 } : byName(route.link);
  return [{ ...native, ...link }, describe(route)];
}

/** What a deletion leaves open: RT_SCOPE_NOWHERE, RTN_UNSPEC, RTPROT_UNSPEC and no metric match any. */
function anyUnlessGiven({ scope, type, metric }: RouteSpec, native: NativeRoute) {
  return {
    scope: numberOf(SCOPES, scope ?? "nowhere"),
    type: type === undefined ? 0 : numberOf(ROUTE_TYPES, type),
    protocol: PROTOCOLS.unspec,
    metric: metric === undefined ? 0 : native.metric,
  };
}

function infoOf(route: NativeListed<NativeRoute>): RouteInfo {
  return {
    destination: formatCidr(route.address, route.bits),
    link: route.linkName,
    gateway: route.gateway === null ? null : formatIp(route.gateway),
    source: route.source === null ? null : formatIp(route.source),
    table: route.table,
    metric: route.metric,
    scope: nameOf(SCOPES, route.scope),
    type: nameOf(ROUTE_TYPES, route.type),
    protocol: nameOf(PROTOCOLS, route.protocol),
  };
}

function describe(route: RouteSpec): string {
  const by = route.link ?? route.gateway ?? route.type;
  return by === undefined ? route.destination : `${route.destination} by ${by}`;
}
