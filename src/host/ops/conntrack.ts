/** One side of a connection, as the packets of a direction have it. */
export interface ConntrackTuple {
  /** IPv4. */
  readonly source: string;
  readonly destination: string;
  /** These two are null where the protocol has no ports. */
  readonly sourcePort: number | null;
  readonly destinationPort: number | null;
}

/** A connection that the kernel tracks. */
export interface ConntrackInfo {
  /** IP's number: 6 is TCP, 17 UDP, 1 ICMP. */
  readonly protocol: number;
  /** Of the first packet, before any NAT. */
  readonly original: ConntrackTuple;
  /** Of its answer, before NAT is undone: whoever answers is the source. */
  readonly reply: ConntrackTuple;
}

/** Which connections of IPv4: those of which all that is given is true. */
export interface ConntrackFilter {
  /** The address that began it. */
  readonly originalSource?: string;
  /** The address that it leads to, after any NAT of the destination. */
  readonly replySource?: string;
  /** What it was sent to, before any NAT: one of these addresses or prefixes (`10.0.0.0/8`). */
  readonly originalDestination?: readonly string[];
}

/**
 * The kernel's connection tracking by netlink (linux/netfilter/nfnetlink_conntrack.h, ctnetlink), of one network namespace. Needs
 * CAP_NET_ADMIN (ERR_HOST_PERMISSION) and a kernel that has it (CONFIG_NF_CT_NETLINK; ERR_HOST_UNSUPPORTED).
 */
export interface ConntrackOps {
  /** Whether this kernel has ctnetlink and we may use it, with the reason for a person: where not, it does not reject. */
  available(): Promise<{ ok: boolean; reason: string }>;
  /** How many connections there are, and how many of all namespaces together there may be (`nf_conntrack_max`; Linux 4.18, null before). */
  usage(): Promise<{ entries: number; most: number | null }>;
  /** ERR_HOST_INVALID for what is no address or prefix. */
  list(filter?: ConntrackFilter): Promise<ConntrackInfo[]>;
  /**
   * Forgets connections: what comes after belongs to none of them, and none of their NAT is undone. Those that are gone already are no error. ERR_HOST_INVALID
   * without a source in `filter`. By sources alone it is one walk of the kernel's through its table (Linux 6.11, CTA_FILTER); before that, and by
   * destinations, those that are listed are deleted one by one.
   */
  delete(filter: ConntrackFilter): Promise<void>;
}
