import { describe, expect, it } from "vitest";
import type { NftCommand, NftExpression } from "../../src/host/host-ops.ts";
import * as builder from "../../src/shared/nft/index.ts";
import { expectHostError } from "./support/errors.ts";
import { hosts } from "./support/hosts.ts";
import { forward, other, table, useNft } from "./support/nft.ts";

const { inSet, ip, meta, nftRule, tcp, verdictOf } = builder;
const ports = inSet([tcp.dport], [22, { from: 8000, to: 8080 }]);
const add = (...parts: builder.NftPart[]): Extract<NftCommand, { op: "add-rule" }> => ({
  op: "add-rule",
  rule: { chain: forward, expressions: nftRule(...parts) },
});
const nameOf = (expressions: readonly NftExpression[] | undefined) =>
  expressions?.flatMap((each) => (each.type === "lookup" ? [each.set] : []));

describe.each(hosts)("nft: sets of a rule's own ($name)", ({ open }) => {
  const { nft, start } = useNft(open);

  it("are made with the rule, listed by the kernel's name, and gone with it", async () => {
    const [, , first] = await start(
      add(ports, builder.accept),
      add(inSet([ip.saddr, meta.iifname], [["10.0.0.1", "bgr0"]], "not in"), builder.drop),
    );
    const [one, two] = await nft.rules(forward);
    expect([nameOf(one?.expressions), nameOf(two?.expressions)]).toEqual([["__set0"], ["__set1"]]);
    expect(one?.handle).toBe(first?.handle);
    expect(two?.expressions).toContainEqual({ type: "lookup", set: "__set1", from: 0, negate: true });
    const sets = (await nft.sets(table)).sort((a, b) => (a.name < b.name ? -1 : 1));
    expect(sets).toMatchObject([
      { name: "__set0", key: ["inet_service"], interval: true, constant: true, anonymous: true },
      { name: "__set1", key: ["ipv4_addr", "ifname"], interval: false, anonymous: true },
    ]);
    const keys = async (name: string) => (await nft.elements({ table, name })).map(({ key }) => key);
    expect(await keys("__set0")).toEqual([[22], [{ from: 8000, to: 8080 }]]);
    expect(await keys("__set1")).toEqual([["10.0.0.1", "bgr0"]]);
    await nft.apply([{ op: "delete-rule", chain: forward, handle: first?.handle as bigint }]);
    expect((await nft.sets(table)).map(({ name }) => name)).toEqual(["__set1"]);
    await nft.apply([{ op: "flush-chain", chain: forward }]);
    expect(await nft.sets(table)).toEqual([]);
  });

  it("are each rule's: two in one rule, the same in two rules, another in a rule that is replaced", async () => {
    const from = inSet([ip.saddr], ["10.0.0.0/8"]);
    const [, , first] = await start(add(from, ports, builder.accept), add(from, builder.drop));
    expect((await nft.rules(forward)).map(({ expressions }) => nameOf(expressions)?.length)).toEqual([2, 1]);
    expect(await nft.sets(table)).toHaveLength(3);
    const { rule } = add(inSet([ip.daddr], ["192.0.2.1"]), builder.accept);
    await nft.apply([{ op: "replace-rule", rule, handle: first?.handle as bigint }]);
    const sets = await nft.sets(table);
    expect(sets).toHaveLength(2);
    const elements = await Promise.all(sets.map((set) => nft.elements(set)));
    expect(elements.map(([element]) => element?.key[0]).sort()).toEqual(["10.0.0.0/8", "192.0.2.1"]);
  });

  it("may be maps, to verdicts and to addresses", async () => {
    const jump = { jump: other.name };
    const chain = { table, name: "nat", base: { type: "nat", hook: "prerouting", priority: -100 } } as const;
    const targets = builder.natByMap("dnat", [tcp.dport], [[8080, { address: "172.30.0.2", port: 80 }]]);
    await start(
      { op: "add-chain", chain: other },
      { op: "add-chain", chain },
      add(
        verdictOf(
          [meta.iifname],
          [
            ["bgr0", jump],
            ["bgr1", "drop"],
          ],
        ),
      ),
      { op: "add-rule", rule: { chain, expressions: nftRule(targets) } },
    );
    const maps = (await nft.sets(table)).sort((a, b) => (a.name < b.name ? -1 : 1));
    expect(maps).toMatchObject([
      { name: "__map0", key: ["ifname"], data: "verdict" },
      { name: "__map1", key: ["inet_service"], data: ["ipv4_addr", "inet_service"] },
    ]);
    expect(await nft.elements({ table, name: "__map0" })).toEqual([
      { key: ["bgr0"], data: jump },
      { key: ["bgr1"], data: "drop" },
    ]);
    expect(await nft.elements({ table, name: "__map1" })).toEqual([
      { key: [8080], data: ["172.30.0.2", 80] },
    ]);
    await expectHostError(nft.apply([{ op: "delete-chain", chain: other }]), "ERR_HOST_BUSY", "EBUSY");
    await nft.apply([
      { op: "flush-chain", chain: forward },
      { op: "delete-chain", chain: other, mustExist: true },
    ]);
  });

  it("that cannot be, are refused, and the rule with them", async () => {
    await start();
    for (const part of [
      inSet([ip.saddr], []),
      inSet([ip.saddr], [["10.0.0.1", 80]]),
      inSet([meta.mark], [{ from: 1, to: 7 }]),
    ])
      await expectHostError(nft.apply([add(part, builder.accept)]), "ERR_HOST_INVALID", "EINVAL");
    const overlap = nft.apply([add(inSet([ip.saddr], ["10.0.0.0/8", "10.0.0.1"]), builder.accept)]);
    expect(await expectHostError(overlap, "ERR_HOST_EXISTS")).toMatchObject({ details: { command: 0 } });
    const nowhere = nft.apply([add(verdictOf([ip.saddr], [["10.0.0.1", { jump: "none" }]]))]);
    await expectHostError(nowhere, "ERR_HOST_NOT_FOUND");
    expect([await nft.sets(table), await nft.rules(forward)]).toEqual([[], []]);
  });
});
