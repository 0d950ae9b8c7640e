export interface AddressOps {
  /** Adds `172.30.0.1/32` to a link; already there is a success. */
  add(link: string, cidr: string): Promise<void>;
  /** All IPv4 addresses of the host, or of one link. */
  list(link?: string): Promise<{ link: string; cidr: string }[]>;
}

export interface RouteSpec {
  /** `172.30.0.2/32` */
  destination: string;
  link: string;
  /** Preferred source address. */
  source?: string;
}

export interface RouteInfo {
  /** `0.0.0.0/0` for the default route. */
  destination: string;
  link: string | null;
  gateway: string | null;
}

export interface RouteOps {
  /** Scope link, main table; the same route already there is a success. */
  add(route: RouteSpec): Promise<void>;
  delete(route: RouteSpec): Promise<void>;
  /** The IPv4 main table. */
  list(): Promise<RouteInfo[]>;
}

export interface NeighbourOps {
  /** A permanent entry, so that nobody waits for ARP of a guest that is not up. */
  set(entry: { link: string; address: string; mac: string }): Promise<void>;
}
