import type { NftCommand, NftSet } from "../../../../../../src/host/host-ops.ts";
import * as nft from "../../../../../../src/shared/nft/index.ts";

const { ip, match, meta, nftRule, tcp, th } = nft;
const table = { family: "inet", name: "t" } as const;
const ports: NftSet = {
  ...{ table, name: "ports", key: ["ipv4_addr", "inet_proto", "inet_service"] },
  data: ["ipv4_addr", "inet_service"],
};
const hosts: NftSet = { table, name: "hosts", key: ["ipv4_addr"], data: ["ipv4_addr"] };

function rule(name: string, ...parts: nft.NftPart[]): NftCommand {
  return { op: "add-rule", rule: { chain: { table, name }, expressions: nftRule(...parts) } };
}

/** `nat.nft`, in our words. */
export const nat: readonly NftCommand[] = [
  { op: "add-table", table },
  { op: "add-set", set: ports },
  { op: "add-set", set: hosts },
  {
    op: "add-chain",
    chain: { table, name: "pre", base: { type: "nat", hook: "prerouting", priority: -100 } },
  },
  {
    op: "add-chain",
    chain: { table, name: "post", base: { type: "nat", hook: "postrouting", priority: 100 } },
  },
  rule("pre", nft.natByMap("dnat", [ip.daddr, meta.l4proto, th.dport], ports)),
  rule("pre", nft.natByMap("dnat", [ip.daddr], hosts)),
  rule("pre", match(tcp.dport, 8080), nft.redirect(80)),
  rule("pre", match(meta.l4proto, "tcp"), nft.nat("dnat", { address: "172.30.0.2", port: 80 })),
  rule("post", match(ip.saddr, "172.16.0.0/12"), nft.masquerade("fully-random")),
  rule("post", nft.masquerade()),
  rule("post", nft.nat("snat", { address: "192.0.2.1" })),
];
