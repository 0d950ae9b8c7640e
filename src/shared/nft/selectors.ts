import type { NftCtKey, NftExpression, NftFibFlag, NftMetaKey, NftRegister } from "../../host/host-ops.ts";
import type { NftType } from "./types.ts";

/** What must be true of a packet before a header's bytes mean what they should. */
export interface Need {
  readonly key: "nfproto" | "l4proto" | "iiftype";
  readonly type: NftType;
  readonly value: string;
}

/** Something of a packet that a rule can look at: a value of a type. */
export interface NftSelector {
  readonly type: NftType;
  readonly needs: readonly Need[];
  /** A match of this by itself fulfils the needs of others. */
  readonly fulfils?: Need["key"];
  /** The expression that loads it into a register. */
  load(to: NftRegister): NftExpression;
}

const IP: Need = { key: "nfproto", type: "nf_proto", value: "ipv4" };
const IP6: Need = { key: "nfproto", type: "nf_proto", value: "ipv6" };
const ETHER: Need = { key: "iiftype", type: "iface_type", value: "ether" };

export function protocol(value: string): Need {
  return { key: "l4proto", type: "inet_proto", value };
}

type Base = Extract<NftExpression, { type: "payload" }>["base"];

function header(type: NftType, base: Base, offset: number, length: number, ...needs: Need[]): NftSelector {
  return { type, needs, load: (to) => ({ type: "payload", base, offset, length, to }) };
}

function metaKey(type: NftType, key: NftMetaKey, fulfils?: Need["key"]): NftSelector {
  return {
    type,
    needs: [],
    load: (to) => ({ type: "meta", key, to }),
    ...(fulfils === undefined ? {} : { fulfils }),
  };
}

function ctKey(
  type: NftType,
  key: NftCtKey,
  direction?: "original" | "reply",
  ...needs: Need[]
): NftSelector {
  const side = direction === undefined ? {} : { direction };
  return { type, needs, load: (to) => ({ type: "ct", key, ...side, to }) };
}

/** Of the packet and its links: `meta` of nft. */
export const meta = {
  iifname: metaKey("ifname", "iifname"),
  oifname: metaKey("ifname", "oifname"),
  iif: metaKey("iface_index", "iif"),
  oif: metaKey("iface_index", "oif"),
  iiftype: metaKey("iface_type", "iiftype", "iiftype"),
  iifgroup: metaKey("devgroup", "iifgroup"),
  oifgroup: metaKey("devgroup", "oifgroup"),
  nfproto: metaKey("nf_proto", "nfproto", "nfproto"),
  l4proto: metaKey("inet_proto", "l4proto", "l4proto"),
  protocol: metaKey("ether_type", "protocol"),
  mark: metaKey("mark", "mark"),
  pkttype: metaKey("pkt_type", "pkttype"),
  skuid: metaKey("uid", "skuid"),
  skgid: metaKey("gid", "skgid"),
} as const;

/** linux/if_ether.h; only of links that are Ethernet. */
export const ether = {
  daddr: header("ether_addr", "link", 0, 6, ETHER),
  saddr: header("ether_addr", "link", 6, 6, ETHER),
  type: header("ether_type", "link", 12, 2, ETHER),
} as const;

/** RFC 791; only of IPv4. */
export const ip = {
  protocol: header("inet_proto", "network", 9, 1, IP),
  saddr: header("ipv4_addr", "network", 12, 4, IP),
  daddr: header("ipv4_addr", "network", 16, 4, IP),
} as const;

/** RFC 8200; only of IPv6. */
export const ip6 = {
  saddr: header("ipv6_addr", "network", 8, 16, IP6),
  daddr: header("ipv6_addr", "network", 24, 16, IP6),
} as const;

/** RFC 9293; only of TCP. */
export const tcp = {
  sport: header("inet_service", "transport", 0, 2, protocol("tcp")),
  dport: header("inet_service", "transport", 2, 2, protocol("tcp")),
} as const;

/** RFC 768; only of UDP. */
export const udp = {
  sport: header("inet_service", "transport", 0, 2, protocol("udp")),
  dport: header("inet_service", "transport", 2, 2, protocol("udp")),
} as const;

/** Ports of whatever has them; look at `meta.l4proto` too. */
export const th = {
  sport: header("inet_service", "transport", 0, 2),
  dport: header("inet_service", "transport", 2, 2),
} as const;

/** RFC 792; only of ICMP. */
export const icmp = { type: header("icmp_type", "transport", 0, 1, IP, protocol("icmp")) } as const;
/** RFC 4443; only of ICMPv6. */
export const icmpv6 = { type: header("icmpv6_type", "transport", 0, 1, IP6, protocol("icmpv6")) } as const;

/** Of the packet's connection. The addresses and ports are those of its first packet, before any NAT. */
export const ct = {
  state: ctKey("ct_state", "state"),
  status: ctKey("ct_status", "status"),
  direction: ctKey("ct_dir", "direction"),
  mark: ctKey("mark", "mark"),
  originalSaddr: ctKey("ipv4_addr", "src-ip", "original", IP),
  originalDaddr: ctKey("ipv4_addr", "dst-ip", "original", IP),
  originalDport: ctKey("inet_service", "proto-dst", "original"),
} as const;

/** What kind of address it is to this host: `fibType(["daddr"])` is `local` of the host's own. */
export function fibType(of: readonly NftFibFlag[]): NftSelector {
  return { type: "fib_addrtype", needs: [], load: (to) => ({ type: "fib", of, result: "type", to }) };
}

/** The link that routing would choose, by its index; 0 where there is none (`missing` of nft). */
export function fibLink(of: readonly NftFibFlag[]): NftSelector {
  return { type: "iface_index", needs: [], load: (to) => ({ type: "fib", of, result: "oif", to }) };
}
