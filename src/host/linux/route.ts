import { checkLinkName, formatCidr, parseCidr } from "../addresses.ts";
import { hasErrno } from "../host-error.ts";
import type { AddressOps, Overlap, RouteInfo, RouteOps, RouteQuery, RouteSpec } from "../host-ops.ts";
import { host } from "../native-error.ts";
import { nameOf, numberOf, PROTOCOLS, ROUTE_TYPES, SCOPES } from "../net-names.ts";
import { overlapsOf } from "../overlap.ts";
import { isGiven, MAIN_TABLE, type ReadRoute, readRoute, sameRoute, textOrNull } from "../route-rules.ts";
import type { Addon, NativeRoute } from "./addon.ts";

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
      if (
        !hasErrno(error, "EEXIST") ||
        !(await this.#hasLike(readRoute(route), (it) => sameRoute(route, it)))
      )
        throw error;
    }
  }

  async replace(route: RouteSpec): Promise<void> {
    const native = nativeRoute(route);
    await host(route.destination, () => this.#addon.routeReplace(...native));
  }

  async delete(route: RouteSpec): Promise<void> {
    try {
      const read = readRoute(route);
      const any = anyUnlessGiven(route, read);
      const native = nativeOf(route, read, any);
      // The kernel would take one of any metric.
      if (route.metric === 0 && any.metric === 0 && !(await this.#hasLike(read, (it) => isGiven(route, it))))
        return;
      await host(route.destination, () => this.#addon.routeDelete(...native));
    } catch (error) {
      // ENOENT: its network namespace is gone.
      if (!hasErrno(error, "ESRCH", "ENODEV", "ENOENT")) throw error;
    }
  }

  /** Whether one of those of its family and table is `like` it. */
  async #hasLike({ address, table }: ReadRoute, like: (found: RouteInfo) => boolean): Promise<boolean> {
    return (await this.list({ family: address.length === 4 ? 4 : 6, table })).some(like);
  }

  async list(query: RouteQuery = {}): Promise<RouteInfo[]> {
    const { family = 4, table = MAIN_TABLE } = query;
    const routes = await this.#dump(family, table);
    // A kernel before 4.20 gives all tables.
    return routes.map(infoOf).filter((found) => table === 0 || found.table === table);
  }

  /** A table that has never had a route is not there. */
  async #dump(family: number, table: number): Promise<NativeRoute[]> {
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

/** What only a number says, and a deletion may leave open. */
interface RouteNumbers {
  readonly metric: number;
  readonly scope: number;
  readonly type: number;
  readonly protocol: number;
}

/** A route as the addon takes it, and what an error of it is about. ERR_HOST_INVALID. */
export function nativeRoute(route: RouteSpec): [...NativeRoute, object: string] {
  const read = readRoute(route);
  const [scope, type] = [numberOf(SCOPES, read.scope), numberOf(ROUTE_TYPES, read.type)];
  return nativeOf(route, read, { metric: read.metric, scope, type, protocol: PROTOCOLS.static });
}

function nativeOf(
  route: RouteSpec,
  { address, prefixLength, source, gateway, table }: ReadRoute,
  { metric, scope, type, protocol }: RouteNumbers,
): [...NativeRoute, object: string] {
  const link = route.link === undefined ? null : checkLinkName(route.link);
  const onLink = route.onLink === true;
  const object = describe(route);
  return [link, address, prefixLength, source, gateway, table, metric, scope, type, protocol, onLink, object];
}

/** What a deletion leaves open: RT_SCOPE_NOWHERE, RTN_UNSPEC, RTPROT_UNSPEC and no metric match any. */
function anyUnlessGiven({ scope, type, metric }: RouteSpec, read: ReadRoute): RouteNumbers {
  return {
    scope: numberOf(SCOPES, scope ?? "nowhere"),
    type: type === undefined ? 0 : numberOf(ROUTE_TYPES, type),
    protocol: PROTOCOLS.unspec,
    metric: metric === undefined ? 0 : read.metric,
  };
}

function infoOf(route: NativeRoute): RouteInfo {
  const [link, address, bits, source, gateway, table, metric, scope, type, protocol] = route;
  return {
    destination: formatCidr(address, bits),
    link,
    gateway: textOrNull(gateway),
    source: textOrNull(source),
    table,
    metric,
    scope: nameOf(SCOPES, scope),
    type: nameOf(ROUTE_TYPES, type),
    protocol: nameOf(PROTOCOLS, protocol),
  };
}

function describe(route: RouteSpec): string {
  const by = route.link ?? route.gateway ?? route.type;
  return by === undefined ? route.destination : `${route.destination} by ${by}`;
}
