import type { LinkOps } from "./link.ts";
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
  readonly tap: TapOps;
  readonly link: LinkOps;
  readonly address: AddressOps;
  readonly route: RouteOps;
  readonly neighbour: NeighbourOps;
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
   * The operations on links in that namespace. Each call enters it anew by its name, on a thread of its own that opens the socket there
   * and ends, so that no thread of a pool ever moves: some 50 µs more a call. Without such a namespace calls are ERR_HOST_NOT_FOUND
   * (ENOENT), releases a success.
   */
  in(name: string): NetworkOps;
}
