import type { NftCommand, NftExpression, NftSet } from "../../../../../../src/host/host-ops.ts";
import * as nft from "../../../../../../src/shared/nft/index.ts";

const { ct, ether, icmp, ip, ip6, match, meta, nftRule, tcp, udp } = nft;
const table = { family: "inet", name: "t" } as const;
const chain = { table, name: "f" };
const sub = { table, name: "sub" };
const guests: NftSet = { table, name: "guests", key: ["ifname", "ipv4_addr", "ether_addr"] };
const addresses: NftSet = { table, name: "addresses", key: ["ipv4_addr"], interval: true };
const targets: NftSet = { table, name: "targets", key: ["ifname"], data: "verdict" };
const connections: NftSet = { table, name: "connections", key: ["ipv4_addr"], dynamic: true, size: 65_536 };
const late: NftSet = { ...connections, name: "late", timeout: true, size: 9 };

function add(expressions: NftExpression[], comment?: string): NftCommand {
  return { op: "add-rule", rule: { chain, expressions, ...(comment === undefined ? {} : { comment }) } };
}

const rule = (...parts: nft.NftPart[]) => add(nftRule(...parts));

/** `rules.nft`, in our words. */
export const rules: readonly NftCommand[] = [
  { op: "add-table", table },
  { op: "add-chain", chain: sub },
  ...[guests, addresses, targets, connections, late].map((set): NftCommand => ({ op: "add-set", set })),
  { op: "add-chain", chain: { ...chain, base: { type: "filter", hook: "forward", priority: 0 } } },
  rule(match(meta.iifname, "bgr0"), nft.accept),
  rule(match(meta.oifname, "bgr*", "!="), nft.counter(), nft.drop),
  add(nftRule(nft.inSet([meta.iifname, ip.saddr, ether.saddr], guests, "not in"), nft.drop), "not its own"),
  rule(nft.inSet([ip.saddr], addresses), nft.leave),
  rule(match(ip.daddr, "172.16.0.0/12"), nft.reject({ kind: "icmpx", code: "admin-prohibited" })),
  // nft answers with the family's own error where it knows the family.
  rule(match(ip6.daddr, "fe80::1"), nft.reject({ kind: "icmp", code: 4 })),
  rule(match(tcp.dport, 80), match(tcp.sport, { from: 1, to: 1023 }, "!="), nft.goTo(sub)),
  rule(match(udp.dport, 53), nft.limit({ rate: 10n, per: "second", burst: 20 }), nft.jump(sub)),
  rule(nft.limit({ rate: 1_048_576n, per: "minute", of: "bytes" }, "beyond"), nft.drop),
  rule(nft.matchAny(ct.state, "established,related"), nft.accept),
  rule(nft.setMark(5, "ct")),
  rule(nft.setMark(6)),
  rule(match(meta.l4proto, "tcp"), nft.reject({ kind: "tcp-reset" })),
  rule(match(nft.fibType(["daddr"]), "local"), nft.drop),
  rule(match(nft.fibLink(["saddr", "iif"]), 0), nft.drop),
  rule(match(meta.l4proto, "tcp"), match(ct.originalDport, 80), nft.accept),
  rule(match(icmp.type, "echo-request"), nft.accept),
  rule(nft.verdictOf([meta.iifname], targets)),
  rule(
    nft.matchAny(ct.state, "new"),
    nft.addTo([ip.saddr], connections, { state: nft.connectionLimit(4096, "beyond") }),
    nft.drop,
  ),
  add([...nftRule(nft.addTo([ip.daddr], connections)), nft.connectionLimit(9), ...nftRule(nft.accept)]),
  rule(nft.addTo([ip.saddr], late, { timeoutMs: 10n }), nft.drop),
];
