import { afterAll, afterEach, beforeEach } from "vitest";
import type { HostOps, NftCommand, NftElement, NftExpression, NftSet } from "../../../src/host/host-ops.ts";

export const table = { family: "inet", name: "bgrtest" } as const;
export const forward = { table, name: "forward" };
export const other = { table, name: "other" };
export const base = { type: "filter", hook: "forward", priority: -5, policy: "drop" } as const;
export const ranges: NftSet = { table, name: "ranges", key: ["ipv4_addr"], interval: true };
export const guests: NftSet = { table, name: "guests", key: ["ifname", "ipv4_addr", "ether_addr"] };
export const ports: NftSet = {
  ...{ table, name: "ports", key: ["ipv4_addr", "inet_proto", "inet_service"] },
  data: ["ipv4_addr", "inet_service"],
};
export const links: NftSet = { table, name: "links", key: ["ifname"], data: "verdict" };
export const services: NftSet = {
  table,
  name: "services",
  key: ["ipv4_addr", "inet_service"],
  interval: true,
};
export const leases: NftSet = { table, name: "leases", key: ["ipv4_addr"], timeout: true };

export const accept: NftExpression = { type: "verdict", verdict: "accept" };
export const counter: NftExpression = { type: "counter", packets: 0n, bytes: 0n };
export const fromLink: NftExpression = { type: "meta", key: "iifname", to: 0 };
export const elements = (set: NftSet, ...keys: NftElement["key"][]): NftCommand => ({
  ...{ op: "add-elements", set },
  elements: keys.map((key) => ({ key })),
});
export const rule = (...expressions: NftExpression[]): NftCommand => ({
  op: "add-rule",
  rule: { chain: forward, expressions },
});

/** A host whose table `bgrtest` is gone after each test; where there is no nf_tables, each test says so. Call inside `describe`. */
export function useNft(open: () => HostOps) {
  const host = open();
  beforeEach(async (context) => {
    const { ok, reason } = await host.nft.available();
    if (!ok) context.skip(reason);
  });
  afterEach(async () => {
    if ((await host.nft.available()).ok) await host.nft.apply([{ op: "delete-table", table }]);
  });
  afterAll(() => host.close());
  return {
    nft: host.nft,
    /** The table with its chain `forward`, and more. */
    start: (...more: NftCommand[]) =>
      host.nft.apply([{ op: "add-table", table }, { op: "add-chain", chain: { ...forward, base } }, ...more]),
    keys: async (set: NftSet) => (await host.nft.elements(set)).map(({ key }) => key),
    comments: async () => (await host.nft.rules(forward)).map(({ comment }) => comment),
  };
}
