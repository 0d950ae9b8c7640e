import { checkLinkName, formatCidr, parseCidr } from "../addresses.ts";
import { HostError } from "../host-error.ts";
import type { Overlap, RouteInfo, RouteOps, RouteQuery, RouteSpec } from "../host-ops.ts";
import { overlapsOf, relationOf } from "../overlap.ts";
import { isGiven, MAIN_TABLE, readRoute, sameRoute, textOrNull } from "../route-rules.ts";
import type { Faults } from "./faults.ts";
import { type FakeKernel, remove } from "./kernel.ts";

export class FakeRoute implements RouteOps {
  readonly #kernel: FakeKernel;
  readonly #faults: Faults;

  constructor(kernel: FakeKernel, faults: Faults) {
    this.#kernel = kernel;
    this.#faults = faults;
  }

  async add(route: RouteSpec): Promise<void> {
    await this.#faults.gate("route.add", route.destination);
    const made = this.#infoOf(route);
    const known = this.#rivals(made)[0];
    if (known === undefined) this.#kernel.routes.push(made);
    else if (!sameRoute(route, known)) throw fail("EEXIST", route, "File exists");
  }

  async replace(route: RouteSpec): Promise<void> {
    await this.#faults.gate("route.replace", route.destination);
    const made = this.#infoOf(route);
    const rivals = this.#rivals(made);
    remove(this.#kernel.routes, (known) => rivals.includes(known));
    this.#kernel.routes.push(made);
  }

  async delete(route: RouteSpec): Promise<void> {
    await this.#faults.gate("route.delete", route.destination);
    readRoute(route);
    if (route.link !== undefined) checkLinkName(route.link);
    const [found] = this.#kernel.routes
      .filter((known) => isGiven(route, known))
      .sort((a, b) => a.metric - b.metric);
    remove(this.#kernel.routes, (known) => known === found);
  }

  async list(query: RouteQuery = {}): Promise<RouteInfo[]> {
    await this.#faults.gate("route.list", "routes");
    const { family = 4, table = MAIN_TABLE } = query;
    return [...this.#kernel.connectedRoutes(), ...this.#kernel.routes]
      .filter((route) => route.destination.includes(":") === (family === 6))
      .filter((route) => table === 0 || route.table === table)
      .map((route) => ({ ...route }));
  }

  async overlaps(cidr: string): Promise<Overlap[]> {
    await this.#faults.gate("route.overlaps", cidr);
    parseCidr(cidr);
    const routes = [...this.#kernel.connectedRoutes(), ...this.#kernel.routes];
    const main = routes.filter((route) => route.table === MAIN_TABLE);
    return overlapsOf(cidr, main, this.#kernel.addresses);
  }

  /** Those that the kernel does not keep beside it. */
  #rivals(route: RouteInfo): RouteInfo[] {
    const { destination, table, metric } = route;
    return [...this.#kernel.connectedRoutes(), ...this.#kernel.routes].filter(
      (known) => known.destination === destination && known.table === table && known.metric === metric,
    );
  }

  #infoOf(route: RouteSpec): RouteInfo {
    const { address, prefixLength, table, metric, scope, type, ...given } = readRoute(route);
    const v6 = address.length === 16;
    const [gateway, source] = [textOrNull(given.gateway), textOrNull(given.source)];
    const link = type === "unicast" ? this.#linkOf(route, gateway) : v6 ? "lo" : null;
    if (source !== null && !this.#kernel.addresses.some(({ cidr }) => cidr.startsWith(`${source}/`)))
      throw fail("EINVAL", route, "Invalid prefsrc address");
    const destination = formatCidr(address, prefixLength);
    return { destination, link, gateway, source, protocol: "static", table, metric, scope, type };
  }

  /** The link that the route leads over. */
  #linkOf(route: RouteSpec, gateway: string | null): string {
    const found =
      route.link === undefined ? null : this.#kernel.link(route.link, "netlink(RTM_GETLINK)").info;
    if (found?.up === false) throw fail("ENETDOWN", route, "Device for nexthop is not up");
    if (found !== null && (gateway === null || route.onLink === true)) return found.name;
    if (gateway === null) throw fail("ENODEV", route, "");
    const bits = gateway.includes(":") ? 128 : 32;
    const near = [...this.#kernel.connectedRoutes(), ...this.#kernel.routes].find(
      (known) =>
        known.gateway === null &&
        (found === null || known.link === found.name) &&
        ["equal", "covers"].includes(relationOf(`${gateway}/${bits}`, known.destination) ?? ""),
    );
    if (near?.link == null)
      throw fail(bits === 32 ? "ENETUNREACH" : "EHOSTUNREACH", route, "Nexthop has invalid gateway");
    return near.link;
  }
}

function fail(errnoCode: string, route: RouteSpec, detail: string): HostError {
  return new HostError({ errnoCode, syscall: "netlink(RTM_NEWROUTE)", object: route.destination, detail });
}
