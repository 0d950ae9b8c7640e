import { formatCidr, formatIp, parseCidr, parseIp } from "./addresses.ts";
import { invalid } from "./host-error.ts";
import type { IpScope, RouteInfo, RouteSpec, RouteType } from "./host-ops.ts";
import { numberOf, ROUTE_TYPES, SCOPES } from "./net-names.ts";

/** RT_TABLE_MAIN, linux/rtnetlink.h */
export const MAIN_TABLE = 254;
/** What the kernel makes of no metric for IPv6: IP6_RT_PRIO_USER. */
const IPV6_METRIC = 1024;

/** What was said of a route, read, and what was left out. */
export interface ReadRoute {
  address: Uint8Array;
  prefixLength: number;
  source: Uint8Array | null;
  gateway: Uint8Array | null;
  table: number;
  metric: number;
  scope: IpScope;
  type: RouteType;
}

/** A route as the kernel is to have it. ERR_HOST_INVALID when its addresses are of two families. */
export function readRoute(route: RouteSpec): ReadRoute {
  const { address, prefixLength } = parseCidr(route.destination);
  const size = address.length;
  // IPv4 refuses it too; IPv6 quietly drops the bits.
  if (hasBitsBehind(address, prefixLength))
    throw invalid("route", route.destination, "an address with bits behind its prefix is no network");
  const read = (text: string | undefined) => {
    if (text === undefined) return null;
    const bytes = parseIp(text);
    if (bytes.length !== size)
      throw invalid("route", `${route.destination} by ${text}`, "one is IPv4 and one IPv6");
    return bytes;
  };
  const [gateway, source] = [read(route.gateway), read(route.source)];
  const { table = MAIN_TABLE, type = "unicast" } = route;
  const metric = metricOf(route, size);
  if (!isU32(table) || table === 0) throw invalid("route", route.destination, `${table} is no table`);
  if (!isU32(metric)) throw invalid("route", route.destination, `${metric} is no metric`);
  const near = type === "unicast" && route.gateway === undefined;
  const scope =
    route.scope ?? (size === 16 ? "global" : type === "local" ? "host" : near ? "link" : "global");
  numberOf(SCOPES, scope);
  numberOf(ROUTE_TYPES, type);
  return { address, prefixLength, source, gateway, table, metric, scope, type };
}

/** To IPv6 no metric is one that the kernel has for it, also where it is said. */
function metricOf({ metric = 0 }: RouteSpec, size: number): number {
  return metric === 0 && size === 16 ? IPV6_METRIC : metric;
}

function isU32(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff;
}

/** Whether the route that is there is the one asked for, as far as the asker said. */
export function sameRoute(route: RouteSpec, there: RouteInfo): boolean {
  const { address, prefixLength, gateway, source, table, metric, scope, type } = readRoute(route);
  return (
    there.destination === formatCidr(address, prefixLength) &&
    there.table === table &&
    there.metric === metric &&
    there.scope === scope &&
    there.type === type &&
    there.gateway === textOrNull(gateway) &&
    there.source === textOrNull(source) &&
    (route.link === undefined || there.link === route.link)
  );
}

/** Whether all that was given of a route is so of the one that is there; in the main table unless given. What only `add` uses says nothing. */
export function isGiven(route: RouteSpec, there: RouteInfo): boolean {
  const { address, prefixLength, gateway, source, table, metric } = readRoute(route);
  return (
    there.destination === formatCidr(address, prefixLength) &&
    there.table === table &&
    (route.metric === undefined || there.metric === metric) &&
    (route.scope === undefined || there.scope === route.scope) &&
    (route.type === undefined || there.type === route.type) &&
    (route.link === undefined || there.link === route.link) &&
    (gateway === null || there.gateway === formatIp(gateway)) &&
    (source === null || there.source === formatIp(source))
  );
}

/** An address of a route as it is listed. */
export function textOrNull(address: Uint8Array | null): string | null {
  return address === null ? null : formatIp(address);
}

function hasBitsBehind(bytes: Uint8Array, length: number): boolean {
  return bytes.some((byte, index) => (byte & (0xff >> Math.min(8, Math.max(0, length - 8 * index)))) !== 0);
}
