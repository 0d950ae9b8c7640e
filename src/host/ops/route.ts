/** The version of IP. */
export type IpFamily = 4 | 6;
/** How far what it is about is away: RT_SCOPE_* of linux/rtnetlink.h. IPv6 routes have `global` only. */
export type IpScope = "global" | "site" | "link" | "host" | "nowhere";

/** An address that a link has. */
export interface AddressInfo {
  link: string;
  /** `172.30.0.1/32`, `fd00::1/64` */
  cidr: string;
  /** A point-to-point link's other end, which the prefix length is of. */
  peer: string | null;
  /** An IpScope, or a number as text. */
  scope: string;
}

/** What an address is beside its bits. */
export interface AddressOptions {
  /** `172.30.0.2`: the other end of a point-to-point link. */
  peer?: string;
  /** `global` unless given. IPv6's follows from the address. */
  scope?: IpScope;
  /** No route to the address's network comes with it (IFA_F_NOPREFIXROUTE). */
  noPrefixRoute?: boolean;
  /** IPv6: used at once, without asking the link first whether another has it (IFA_F_NODAD). */
  noDuplicateDetection?: boolean;
}

/**
 * IPv4 and IPv6 addresses of links: linux/if_addr.h. Changes need CAP_NET_ADMIN (ERR_HOST_PERMISSION otherwise). A link that is not there is
 * ERR_HOST_NOT_FOUND, and what is no address ERR_HOST_INVALID.
 */
export interface AddressOps {
  /** Adds `172.30.0.1/32` to a link; already there is a success. ERR_HOST_PERMISSION (EACCES) for IPv6 where it is switched off. */
  add(link: string, cidr: string, options?: AddressOptions): Promise<void>;
  /** Not there is a success, and so is a link that is not there. Of a point-to-point address with its `peer`. */
  delete(link: string, cidr: string, options?: Pick<AddressOptions, "peer">): Promise<void>;
  /** All addresses of the host, or of one link; IPv4 unless a family is given. */
  list(link?: string, family?: IpFamily): Promise<AddressInfo[]>;
}

/** What a route does with a packet: RTN_* of linux/rtnetlink.h. The last three drop it: silently, with an ICMP error, with a prohibition. */
export type RouteType = "unicast" | "local" | "blackhole" | "unreachable" | "prohibit";

/** A route to make, or to find. */
export interface RouteSpec {
  /** `172.30.0.2/32`, `fd00::/64`; `0.0.0.0/0` or `::/0` is the default route. ERR_HOST_INVALID with a bit set behind the prefix. */
  destination: string;
  /** The kernel finds it by the gateway where it is left out; a blackhole and the like have none. */
  link?: string;
  /** The next hop, of the same family. */
  gateway?: string;
  /** Preferred source address. */
  source?: string;
  /** RT_TABLE_*; the main table, 254, unless given. */
  table?: number;
  /** The kernel prefers small ones. 0 unless given, which for IPv6 is the kernel's 1024. */
  metric?: number;
  /** `link` unless there is a gateway, then `global`. */
  scope?: IpScope;
  /** `unicast` unless given. */
  type?: RouteType;
  /** The gateway is on the link whatever the link's addresses say (RTNH_F_ONLINK). */
  onLink?: boolean;
}

/** A route that is there. */
export interface RouteInfo {
  /** `0.0.0.0/0` for the default route. */
  destination: string;
  /** null for a blackhole and the like (IPv6 has them on `lo`), and for a route with several next hops. */
  link: string | null;
  /** null too for a next hop of the other family. */
  gateway: string | null;
  source: string | null;
  table: number;
  metric: number;
  /** An IpScope, or a number as text. */
  scope: string;
  /** A RouteType or another RTN_*'s name. */
  type: string;
  /** Who made it: `static`, `kernel`, `boot`, `dhcp`, `ra`, or a number as text. */
  protocol: string;
}

/** Which routes to list. */
export interface RouteQuery {
  /** 4 unless given. */
  family?: IpFamily;
  /** The main table, 254, unless given; 0 is all tables. */
  table?: number;
}

/** What of the host a range meets. */
export interface Overlap {
  cidr: string;
  link: string | null;
  by: "route" | "address";
  /** `covers`: it contains the whole range; `within`: it is a part of it. */
  relation: "equal" | "covers" | "within";
}

/**
 * Routes: linux/rtnetlink.h. Changes need CAP_NET_ADMIN (ERR_HOST_PERMISSION otherwise). A link that is not there is ERR_HOST_NOT_FOUND; what
 * cannot be a route is ERR_HOST_INVALID, with the kernel's words in `detail`: `Nexthop has invalid gateway`.
 */
export interface RouteOps {
  /** The same route already there is a success; another to that destination, of that metric and table, is ERR_HOST_EXISTS. */
  add(route: RouteSpec): Promise<void>;
  /** In place of the route to that destination, of that metric and table, or anew. */
  replace(route: RouteSpec): Promise<void>;
  /** The first route to that destination of which all is so that was given, in the main table unless given; not there is a success. */
  delete(route: RouteSpec): Promise<void>;
  /** One table. What the kernel has cached for single connections is left out. */
  list(query?: RouteQuery): Promise<RouteInfo[]>;
  /** The main table's routes and the addresses that meet a range. A default route meets every range, so it is left out. */
  overlaps(cidr: string): Promise<Overlap[]>;
}

/** An entry of a neighbour table. */
export interface NeighbourInfo {
  link: string;
  address: string;
  /** null while it is being asked for. */
  mac: string | null;
  /** NUD_* of linux/neighbour.h: `permanent`, `reachable`, `stale`, `failed`, ... */
  state: string;
}

/**
 * Who has which address on a link, ARP's and neighbour discovery's table: linux/neighbour.h. Changes need CAP_NET_ADMIN (ERR_HOST_PERMISSION
 * otherwise). What is no address or MAC is ERR_HOST_INVALID.
 */
export interface NeighbourOps {
  /** A permanent entry, so that nobody waits for ARP of a guest that is not up. In place of any that is there. ERR_HOST_NOT_FOUND without the link. */
  set(entry: { link: string; address: string; mac: string }): Promise<void>;
  /** Not there is a success, and so is a link that is not there. */
  delete(entry: { link: string; address: string }): Promise<void>;
  /** Of the host, or of one link; IPv4 unless a family is given. Entries of no use (NUD_NOARP) are left out. */
  list(link?: string, family?: IpFamily): Promise<NeighbourInfo[]>;
}
