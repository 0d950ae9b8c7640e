import type { NftCommand } from "../../../../../../src/host/host-ops.ts";
import * as nft from "../../../../../../src/shared/nft/index.ts";

const { inSet, ip, meta, nftRule, tcp, udp } = nft;
const table = { family: "inet", name: "t" } as const;
const chain = { table, name: "f", base: { type: "filter", hook: "forward", priority: 0 } } as const;
const nat = { table, name: "pre", base: { type: "nat", hook: "prerouting", priority: -100 } } as const;

function rule(name: string, ...parts: nft.NftPart[]): NftCommand {
  return { op: "add-rule", rule: { chain: { table, name }, expressions: nftRule(...parts) } };
}

/** `anonymous.nft`, in our words. */
export const anonymous: readonly NftCommand[] = [
  { op: "add-table", table },
  { op: "add-chain", chain },
  { op: "add-chain", chain: nat },
  rule("f", inSet([ip.daddr], ["10.0.0.1", "10.0.0.2"]), nft.accept),
  rule(
    "f",
    inSet([ip.saddr], ["0.0.0.0/8", { from: "11.0.0.0", to: "11.0.0.9" }, "192.0.2.1"], "not in"),
    nft.drop,
  ),
  rule(
    "f",
    inSet(
      [ip.saddr, tcp.dport],
      [
        ["10.0.0.1", 80],
        ["10.0.0.2", 443],
      ],
    ),
    nft.accept,
  ),
  rule("f", inSet([ip.saddr, udp.dport], [["10.0.0.0/8", { from: 80, to: 90 }]]), nft.accept),
  rule(
    "f",
    nft.verdictOf(
      [meta.iifname],
      [
        ["bgr0", "accept"],
        ["bgr1", "drop"],
      ],
    ),
  ),
  rule("pre", nft.natByMap("dnat", [tcp.dport], [[80, { address: "172.30.0.2" }]])),
];
