import type { LinkInfo } from "./link.ts";
import type { RouteSpec } from "./route.ts";

/** What the reader of a TAP takes instead of plain packets: TUN_F_* of linux/if_tun.h. `uso4` and `uso6` since Linux 6.2. */
export type TapOffload = "checksum" | "tso4" | "tso6" | "ecn" | "ufo" | "uso4" | "uso6";

/** What is left out stays as it is. */
export interface TapChange {
  /** Who may attach. */
  ownerUid?: number;
  /** Who else may: a group. */
  groupGid?: number;
  /** All that are to be on (TUNSETOFFLOAD); every other one needs `checksum`. ERR_HOST_UNSUPPORTED for what the kernel does not know. */
  offloads?: readonly TapOffload[];
  /** Bytes of the header before each packet (TUNSETVNETHDRSZ): 10 (struct virtio_net_hdr), 12 (with num_buffers), or more. */
  vnetHeaderBytes?: number;
}

/** A TAP to make. */
export interface TapCreate extends TapChange {
  /** At most 15 bytes. */
  name: string;
  /** Who may attach; always set, an unowned persistent TAP can be attached by any user. */
  ownerUid: number;
  /** `02:...`, six colon-separated octets; the kernel chooses one otherwise. */
  mac?: string;
  /** false unless given: IPv6 is then switched off on the new link. */
  ipv6?: boolean;
  /** Whether it is up from the start, in the same go; false unless given. */
  up?: boolean;
  /** Routes by it, in the same go; it must be up for them. */
  routes?: readonly Omit<RouteSpec, "link">[];
  /** Permanent entries of who is behind it, in the same go. */
  neighbours?: readonly { address: string; mac: string }[];
}

/** What only a queue of it can tell; owner, group and persistence are in its LinkInfo. */
export interface TapState {
  vnetHeaderBytes: number;
  /** By the link's features, there is no ioctl that says what TUNSETOFFLOAD set. */
  checksumOffload: boolean;
  segmentationOffload: boolean;
}

/**
 * TAP devices: linux/if_tun.h, https://docs.kernel.org/networking/tuntap.html. They are links; `link.delete` deletes them. Needs
 * CAP_NET_ADMIN, or for one's own TAP only the right to open /dev/net/tun (ERR_HOST_PERMISSION). ERR_HOST_UNSUPPORTED without the module `tun`,
 * ERR_HOST_NOT_FOUND without the TAP.
 */
export interface TapOps {
  /**
   * A persistent TAP: IFF_TAP | IFF_NO_PI | IFF_VNET_HDR, single queue, TUNSETOWNER, IPv6 off. Where anything of it fails, it is deleted again.
   * A name that is taken, or a route's destination that leads elsewhere, is ERR_HOST_EXISTS.
   */
  create(spec: TapCreate): Promise<LinkInfo>;
  /** This and what follows attach for a moment: ERR_HOST_BUSY while a process holds the queue, ERR_HOST_PERMISSION when the TAP is another's. */
  set(name: string, change: TapChange): Promise<void>;
  /** false: the device goes, as nobody holds its queue. */
  setPersistent(name: string, persistent: boolean): Promise<void>;
  /** What only its queue tells: {@link set} says how it may fail. */
  inspect(name: string): Promise<TapState>;
}
