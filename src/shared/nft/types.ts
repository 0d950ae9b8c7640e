/** Types of set keys and of what rules compare, named as `nft` names them. */
export type NftType =
  | ("ipv4_addr" | "ipv6_addr" | "ether_addr" | "ether_type" | "inet_proto" | "inet_service" | "ifname")
  | ("iface_index" | "iface_type" | "mark" | "ct_state" | "ct_dir" | "ct_status" | "pkt_type" | "nf_proto")
  | ("icmp_type" | "icmpv6_type" | "uid" | "gid" | "fib_addrtype" | "devgroup" | "cgroupsv2");

/**
 * A value as text or number: `10.0.0.1`, `bgr0`, `02:00:00:00:00:01`, `tcp`, 80. Listings give the name where a type has names, else a
 * number; a type with flags gives them joined: `established,related`. Bytes stand for what is `unknown`.
 */
export type NftValue = string | number | Uint8Array;

export interface TypeFacts {
  /** `enum datatypes` of nft, which the kernel only stores: so that `nft list` shows our sets as what they are. */
  readonly id: number;
  readonly bytes: number;
  /** How a number lies in memory. */
  readonly order: "network" | "host";
  readonly names?: Readonly<Record<string, number>>;
  /** Names are bits, and may be joined. */
  readonly flags?: boolean;
}

const PROTOCOLS = { icmp: 1, igmp: 2, tcp: 6, udp: 17, gre: 47, esp: 50, ah: 51, icmpv6: 58, sctp: 132 };
const ADDRESS_TYPES = { unicast: 1, local: 2, broadcast: 3, anycast: 4, multicast: 5, blackhole: 6 };
const ICMP = { "echo-reply": 0, "destination-unreachable": 3, redirect: 5, "echo-request": 8 };
const ICMPV6 = { "destination-unreachable": 1, "packet-too-big": 2, "echo-request": 128, "echo-reply": 129 };

export const NFT_TYPES: Readonly<Record<NftType, TypeFacts>> = {
  nf_proto: { id: 2, bytes: 1, order: "host", names: { ipv4: 2, arp: 3, bridge: 7, ipv6: 10 } },
  ipv4_addr: { id: 7, bytes: 4, order: "network" },
  ipv6_addr: { id: 8, bytes: 16, order: "network" },
  ether_addr: { id: 9, bytes: 6, order: "network" },
  ether_type: {
    ...{ id: 10, bytes: 2, order: "network" },
    names: { ip: 0x0800, arp: 0x0806, vlan: 0x8100, ip6: 0x86dd },
  },
  inet_proto: { id: 12, bytes: 1, order: "network", names: PROTOCOLS },
  inet_service: { id: 13, bytes: 2, order: "network" },
  icmp_type: { id: 14, bytes: 1, order: "network", names: ICMP },
  mark: { id: 19, bytes: 4, order: "host" },
  iface_index: { id: 20, bytes: 4, order: "host" },
  iface_type: { id: 21, bytes: 2, order: "host", names: { ether: 1, ppp: 512, loopback: 772 } },
  uid: { id: 24, bytes: 4, order: "host" },
  gid: { id: 25, bytes: 4, order: "host" },
  ct_state: {
    ...{ id: 26, bytes: 4, order: "host", flags: true },
    names: { invalid: 1, established: 2, related: 4, new: 8, untracked: 64 },
  },
  ct_dir: { id: 27, bytes: 1, order: "host", names: { original: 0, reply: 1 } },
  ct_status: {
    ...{ id: 28, bytes: 4, order: "host", flags: true },
    names: { expected: 1, "seen-reply": 2, assured: 4, confirmed: 8, snat: 16, dnat: 32, dying: 512 },
  },
  icmpv6_type: { id: 29, bytes: 1, order: "network", names: ICMPV6 },
  pkt_type: { id: 31, bytes: 1, order: "host", names: { host: 0, broadcast: 1, multicast: 2, other: 3 } },
  devgroup: { id: 35, bytes: 4, order: "host" },
  fib_addrtype: { id: 38, bytes: 4, order: "host", names: ADDRESS_TYPES },
  ifname: { id: 41, bytes: 16, order: "host" },
  cgroupsv2: { id: 46, bytes: 8, order: "host" },
};
