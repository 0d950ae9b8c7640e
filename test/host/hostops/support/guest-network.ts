import type { NftBase, NftChain, NftCommand, NftSet } from "../../../../src/host/host-ops.ts";
import * as nft from "../../../../src/shared/nft/index.ts";

const { ct, ether, inSet, ip, match, meta, NFT_PRIORITY, nftRule, th, udp } = nft;

export const table = { family: "inet", name: "bgrnet" } as const;

/** One element for each guest: its link, address and MAC. */
const guests: NftSet = { table, name: "guests", key: ["ifname", "ipv4_addr", "ether_addr"] };
const full: NftSet = { table, name: "full", key: ["ipv4_addr"] };
const open: NftSet = { table, name: "open", key: ["ipv4_addr"] };
const peers: NftSet = { table, name: "peers", key: ["ipv4_addr", "ipv4_addr"] };
const reserved: NftSet = { table, name: "reserved", key: ["ipv4_addr"], interval: true };
const ports: NftSet = {
  ...{ table, name: "ports", key: ["ipv4_addr", "inet_proto", "inet_service"] },
  data: ["ipv4_addr", "inet_service"],
};

function chain(name: string, type: NftBase["type"], hook: NftBase["hook"], priority: number): NftChain {
  return { table, name, base: { type, hook, priority, policy: "accept" } };
}

const raw = chain("origin", "filter", "prerouting", NFT_PRIORITY.raw);
const input = chain("input", "filter", "input", NFT_PRIORITY.filter);
const forward = chain("forward", "filter", "forward", NFT_PRIORITY.filter);
const before = chain("before", "nat", "prerouting", NFT_PRIORITY.dstnat);
const local = chain("local", "nat", "output", NFT_PRIORITY.dstnat);
const after = chain("after", "nat", "postrouting", NFT_PRIORITY.srcnat);
const fromGuest = match(meta.iifname, "bgr*");

function rule(of: NftChain, comment: string | null, ...parts: nft.NftPart[]): NftCommand {
  const whole = { chain: of, expressions: nftRule(...parts), ...(comment === null ? {} : { comment }) };
  return { op: "add-rule", rule: whole };
}

const forwarding = nft.natByMap("dnat", [ip.daddr, meta.l4proto, th.dport], ports);

/** What NET-3 and NET-6 ask of nftables, in one transaction: the shape that the interface was made for. */
export const guestNetwork = {
  commands: [
    { op: "add-table", table },
    ...[guests, full, open, peers, reserved, ports].map((set): NftCommand => ({ op: "add-set", set })),
    ...[raw, input, forward, before, local, after].map(
      (each): NftCommand => ({ op: "add-chain", chain: each }),
    ),
    rule(
      raw,
      null,
      fromGuest,
      match(meta.protocol, "ip"),
      inSet([meta.iifname, ip.saddr, ether.saddr], guests, "not in"),
      nft.drop,
    ),
    rule(raw, null, fromGuest, match(meta.protocol, "ip6"), nft.drop),
    rule(input, null, fromGuest, nft.matchAny(ct.state, "established,related"), nft.accept),
    rule(input, null, fromGuest, match(ip.daddr, "172.30.0.1"), match(udp.dport, 53), nft.accept),
    rule(input, null, fromGuest, nft.counter(), nft.drop),
    rule(forward, "answers", nft.matchAny(ct.state, "established,related"), nft.accept),
    rule(forward, "port forwards", match(meta.oifname, "bgr*"), nft.matchAny(ct.status, "dnat"), nft.accept),
    rule(forward, null, inSet([ip.saddr, ip.daddr], peers), nft.accept),
    rule(forward, null, match(meta.oifname, "bgr*"), nft.drop),
    rule(forward, null, fromGuest, inSet([ip.saddr], full), nft.accept),
    rule(
      forward,
      null,
      fromGuest,
      inSet([ip.saddr], open),
      inSet([ip.daddr], reserved, "not in"),
      nft.accept,
    ),
    rule(
      forward,
      null,
      fromGuest,
      nft.limit({ rate: 10n, per: "second" }),
      nft.reject({ kind: "icmpx", code: "admin-prohibited" }),
    ),
    rule(forward, null, fromGuest, nft.drop),
    rule(before, null, forwarding),
    rule(local, null, match(nft.fibType(["daddr"]), "local"), forwarding),
    rule(after, null, inSet([ip.saddr], full), match(meta.oifname, "bgr*", "!="), nft.masquerade()),
    { op: "add-elements", set: guests, elements: [{ key: ["bgr0", "172.30.0.2", "02:62:67:00:00:00"] }] },
    { op: "add-elements", set: peers, elements: [{ key: ["172.30.0.2", "172.30.0.3"] }] },
    { op: "add-elements", set: reserved, elements: [{ key: ["10.0.0.0/8"] }, { key: ["169.254.0.0/16"] }] },
    {
      op: "add-elements",
      set: ports,
      elements: [{ key: ["127.0.0.1", "tcp", 8080], data: ["172.30.0.2", 80] }],
    },
  ] satisfies NftCommand[],

  asNftWritesThem: {
    origin: [
      'iifname "bgr*" meta protocol ip iifname . ip saddr . ether saddr != @guests drop',
      'iifname "bgr*" meta protocol ip6 drop',
    ],
    input: [
      'iifname "bgr*" ct state established,related accept',
      'iifname "bgr*" ip daddr 172.30.0.1 udp dport 53 accept',
      'iifname "bgr*" counter packets 0 bytes 0 drop',
    ],
    forward: [
      'ct state established,related accept comment "answers"',
      'oifname "bgr*" ct status dnat accept comment "port forwards"',
      "ip saddr . ip daddr @peers accept",
      'oifname "bgr*" drop',
      'iifname "bgr*" ip saddr @full accept',
      'iifname "bgr*" ip saddr @open ip daddr != @reserved accept',
      'iifname "bgr*" limit rate 10/second reject with icmpx admin-prohibited',
      'iifname "bgr*" drop',
    ],
    before: ["dnat ip to ip daddr . meta l4proto . th dport map @ports"],
    local: ["fib daddr type local dnat ip to ip daddr . meta l4proto . th dport map @ports"],
    after: ['ip saddr @full oifname != "bgr*" masquerade'],
  } as Record<string, string[]>,

  chains: [
    ["origin", "filter", "prerouting", -300, "accept"],
    ["input", "filter", "input", 0, "accept"],
    ["forward", "filter", "forward", 0, "accept"],
    ["before", "nat", "prerouting", -100, "accept"],
    ["local", "nat", "output", -100, "accept"],
    ["after", "nat", "postrouting", 100, "accept"],
  ],

  sets: [
    ["full", "ipv4_addr", ""],
    ["guests", "ifname . ipv4_addr . ether_addr", ""],
    ["open", "ipv4_addr", ""],
    ["peers", "ipv4_addr . ipv4_addr", ""],
    ["ports", "ipv4_addr . inet_proto . inet_service", "ipv4_addr . inet_service"],
    ["reserved", "ipv4_addr", ""],
  ],
};
