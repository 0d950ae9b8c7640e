import type { NftCommand } from "../../../../../../src/host/host-ops.ts";

const table = { family: "inet", name: "t" } as const;

/** `chains.nft`, in our words. */
export const chains: readonly NftCommand[] = [
  { op: "add-table", table },
  { op: "add-table", table: { family: "ip", name: "u", dormant: true } },
  {
    op: "add-chain",
    chain: {
      table,
      name: "filtered",
      base: { type: "filter", hook: "forward", priority: -5, policy: "drop" },
    },
  },
  {
    op: "add-chain",
    chain: { table, name: "translated", base: { type: "nat", hook: "postrouting", priority: 100 } },
  },
  {
    op: "add-chain",
    chain: {
      table,
      name: "routed",
      base: { type: "route", hook: "output", priority: -150, policy: "accept" },
    },
  },
  { op: "add-chain", chain: { table, name: "plain" } },
];
