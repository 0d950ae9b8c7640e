/** How an IPv6 link gets its own addresses: linux/if_link.h, IN6_ADDR_GEN_MODE_*. */
export type Ipv6AddressMode = "eui64" | "none" | "stable-privacy" | "random";

/** Counters since the link was made: struct rtnl_link_stats64 of linux/if_link.h. */
export interface LinkStats {
  rxBytes: bigint;
  txBytes: bigint;
  rxPackets: bigint;
  txPackets: bigint;
  rxErrors: bigint;
  txErrors: bigint;
  rxDropped: bigint;
  txDropped: bigint;
}

/** A link as rtnetlink tells it. */
export interface LinkInfo extends LinkStats {
  name: string;
  index: number;
  /** Six colon-separated octets; empty where the link has no such address. */
  mac: string;
  /** Bytes. */
  mtu: number;
  /** Whether it was set up (IFF_UP); whether packets pass is `operState`. */
  up: boolean;
  /** RFC 2863: `up`, `down`, `lowerlayerdown` (a veth whose peer is down), `unknown` (a link that does not say), ... */
  operState: string;
  /** IFLA_GROUP; 0 is the default group. */
  group: number;
  /** rtnetlink's IFLA_INFO_KIND: `tun`, `dummy`, `bridge`, `veth`, or null for a plain device. */
  kind: string | null;
  /** Index of the bridge whose port it is. */
  masterIndex: number | null;
  /** Of a veth: index of its other end, which may be in another network namespace. */
  peerIndex: number | null;
  /** null on a kernel without IPv6. */
  ipv6AddressMode: Ipv6AddressMode | null;
  /** Of a TAP or TUN. */
  tun: TunInfo | null;
  /** Of a bridge: whether the spanning tree protocol runs. */
  stp: boolean | null;
  /** Of a bridge's port. `state` is `disabled`, `listening`, `learning`, `forwarding` or `blocking`. */
  port: { isolated: boolean; state: string } | null;
}

/** What a link tells of a TAP or TUN; more is known to who attaches ({@link TapState}). */
export interface TunInfo {
  /** null: whoever may open /dev/net/tun may attach. */
  ownerUid: number | null;
  groupGid: number | null;
  persist: boolean;
  vnetHeader: boolean;
  multiQueue: boolean;
}

/** What is left out stays as it is. */
export interface LinkChange {
  up?: boolean;
  mac?: string;
  /** Bytes. */
  mtu?: number;
  /** 0 is the default group. */
  group?: number;
  ipv6AddressMode?: Ipv6AddressMode;
}

/** What a new link gets. */
export interface LinkOptions {
  /** The kernel chooses one otherwise. */
  mac?: string;
  mtu?: number;
  group?: number;
  /** false unless given: IPv6 is then switched off on the new link, before it can be up. */
  ipv6?: boolean;
}

/** A veth's other end. */
export interface VethPeer {
  name: string;
  /** A named network namespace (a file of /run/netns) that this end is made in; beside the other otherwise. */
  namespace?: string;
}

/** Where a link goes. */
export interface LinkPlace {
  /** A named network namespace (a file of /run/netns); null: this process's own. */
  namespace: string | null;
  /** Its name there; the one that it has unless given. */
  name?: string;
}

/** `net.ipv4.conf.bgr0.forwarding`: one setting of one link. https://docs.kernel.org/networking/ip-sysctl.html */
export interface LinkSysctl {
  family: 4 | 6;
  /** A link's name, or `all`, or `default` for links to come. */
  link: string;
  /** `forwarding`, `rp_filter`, `accept_ra`, ... */
  key: string;
}

/**
 * Links by rtnetlink: linux/if_link.h, https://man7.org/linux/man-pages/man7/rtnetlink.7.html. Changes need CAP_NET_ADMIN
 * (ERR_HOST_PERMISSION otherwise). A link that is not there is ERR_HOST_NOT_FOUND, a name that no link can have ERR_HOST_INVALID.
 */
export interface LinkOps {
  /** All whose name begins so. */
  list(namePrefix: string): Promise<LinkInfo[]>;
  /** Null when there is none of that name. */
  get(name: string): Promise<LinkInfo | null>;
  /** Whether there is one of that name, or alternative name (SO_BINDTODEVICE, socket(7)): waits for nobody, where `get` waits for rtnl. */
  exists(name: string): Promise<boolean>;
  /** IFF_UP; as it is already is a success. */
  setUp(name: string, up: boolean): Promise<void>;
  /** Several settings in one message (RTM_SETLINK); the kernel applies them one after another and stops at the first that fails. */
  set(name: string, change: LinkChange): Promise<void>;
  /** ERR_HOST_BUSY (EBUSY) for a link that is up, before Linux 6.2. ERR_HOST_EXISTS when the new name is taken. */
  rename(name: string, newName: string): Promise<void>;
  /**
   * Into another network namespace (IFLA_NET_NS_FD). It comes there down, without its addresses, routes, neighbours and bridge, and with the
   * settings (sysctls) that new links have there: IPv6 too. ERR_HOST_EXISTS when the name is taken there, ERR_HOST_INVALID (EINVAL) for `lo`
   * and bridges, which cannot. The MAC, the MTU, a TAP's owner and a veth's other end stay.
   */
  moveTo(name: string, place: LinkPlace): Promise<void>;
  /** A dummy device; ERR_HOST_UNSUPPORTED where the kernel has none. ERR_HOST_EXISTS when the name is taken, as for all that are made. */
  createDummy(name: string, options?: LinkOptions): Promise<LinkInfo>;
  /** A bridge without the spanning tree protocol, whose MAC is set, so that it does not change with its ports. At most 1,023 ports. */
  createBridge(name: string, options?: LinkOptions): Promise<LinkInfo>;
  /** Two links, each the other's end; deleting one deletes both. The options are for this end; IPv6 is off on both unless they say so, but for an end in another namespace: what is so there, is. */
  createVeth(name: string, peer: VethPeer, options?: LinkOptions): Promise<LinkInfo>;
  /** Not there is a success. Addresses, routes and neighbours go with it, and a veth's other end. Waits for an RCU grace period. */
  delete(name: string): Promise<void>;
  /**
   * All of them at once, those that are there: they are put into one group (IFLA_GROUP) of a random number, and the group is deleted. Each
   * link alone waits for an RCU grace period of its own (some 15 ms), a group waits once.
   */
  deleteMany(names: readonly string[]): Promise<void>;
  /** All links of a group that is not 0; none is a success. */
  deleteGroup(group: number): Promise<void>;
  /** Makes a link a port of a bridge (IFLA_MASTER), and no longer of another; of that bridge already is a success. ERR_HOST_UNSUPPORTED (EOPNOTSUPP) for what is no bridge. */
  addPort(bridge: string, link: string): Promise<void>;
  /** Of no bridge is a success, and so is a link that is not there. */
  removePort(link: string): Promise<void>;
  /** Whether a port reaches no other isolated port of its bridge (IFLA_BRPORT_ISOLATED, Linux 4.18). */
  setIsolated(port: string, isolated: boolean): Promise<void>;
  /** The value as the kernel prints it: `1`. ERR_HOST_NOT_FOUND when the link or the key is not there. */
  readSysctl(of: LinkSysctl): Promise<string>;
  /** ERR_HOST_INVALID (EINVAL) for a value that the kernel refuses. Needs root. */
  writeSysctl(of: LinkSysctl, value: string | number): Promise<void>;
}
