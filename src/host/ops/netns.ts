import type { ConntrackOps } from "./conntrack.ts";
import type { LinkOps } from "./link.ts";
import type { NftOps } from "./nft.ts";
import type { AddressOps, NeighbourOps, RouteOps } from "./route.ts";
import type { TapOps } from "./tap.ts";

/** A named network namespace. */
export interface NetnsInfo {
  name: string;
  /** Inode of nsfs: the number in `readlink /proc/PID/ns/net` of a process that is in it. */
  inode: bigint;
}

/** What is per network namespace. */
export interface NetworkOps {
  /** TAP devices. */
  readonly tap: TapOps;
  /** Links of every kind. */
  readonly link: LinkOps;
  /** Addresses of links. */
  readonly address: AddressOps;
  /** Routes. */
  readonly route: RouteOps;
  /** Neighbour tables. */
  readonly neighbour: NeighbourOps;
  /** nf_tables. */
  readonly nft: NftOps;
  /** Connections that the kernel tracks. */
  readonly conntrack: ConntrackOps;
}

/**
 * Named network namespaces, those of ip-netns(8): bound on a file of `/run/netns`, so that `ip netns exec NAME` finds ours and we its.
 * Needs CAP_SYS_ADMIN (ERR_HOST_PERMISSION). Linux 3.8; https://man7.org/linux/man-pages/man7/network_namespaces.7.html
 */
export interface NetnsOps {
  /** A new one, whose `lo` is down. A name that is taken is ERR_HOST_EXISTS, also by the empty file that a crash may leave: `delete` removes that too. */
  create(name: string): Promise<NetnsInfo>;
  /** Takes the name away. The namespace and its links go with the last process, socket or descriptor that is in it. Not there is a success. */
  delete(name: string): Promise<void>;
  /** Null where there is none of that name. */
  get(name: string): Promise<NetnsInfo | null>;
  /** All whose name begins so. */
  list(namePrefix: string): Promise<NetnsInfo[]>;
  /**
   * The operations in that namespace. Each call enters it anew by its name, on a thread of its own that opens the socket there and ends; the
   * messages go over that socket, which stays where it was opened, from any thread. So no thread of a pool ever moves, and nothing keeps the
   * namespace between calls: some 50 µs more a call, and for nftables after deletions the wait for the kernel when the socket is closed
   * (15-40 ms). Without such a namespace calls are ERR_HOST_NOT_FOUND (ENOENT), releases a success: a transaction of nothing but
   * deletions that do not say `mustExist` too.
   */
  in(name: string): NetworkOps;
}
