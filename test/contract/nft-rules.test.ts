import { describe, expect, it } from "vitest";
import type { NftExpression, NftSet } from "../../src/host/host-ops.ts";
import { expectHostError } from "./support/errors.ts";
import { hosts } from "./support/hosts.ts";
import { accept, counter, forward, other, ranges, rule, table, useNft } from "./support/nft.ts";

const counted: NftSet = { table, name: "counted", key: ["ipv4_addr"], dynamic: true, size: 100 };
const learnt: NftSet = { ...counted, name: "learnt", timeout: true };

describe.each(hosts)("nft: rules ($name)", ({ open }) => {
  const { nft, start, comments } = useNft(open);

  it("puts rules where they shall be, replaces and deletes them by handle, flushes", async () => {
    const named = (comment: string) => ({ chain: forward, expressions: [counter], comment });
    const [, , middle] = await start({ op: "add-rule", rule: named("middle") });
    const handle = middle?.handle as bigint;
    await nft.apply([
      { op: "add-rule", rule: named("last") },
      { op: "add-rule", rule: named("first"), place: "first" },
      { op: "add-rule", rule: named("before"), place: { before: handle } },
      { op: "add-rule", rule: named("after"), place: { after: handle } },
    ]);
    expect(await comments()).toEqual(["first", "before", "middle", "after", "last"]);
    const [replaced] = await nft.apply([{ op: "replace-rule", rule: named("new"), handle }]);
    expect(await comments()).toEqual(["first", "before", "new", "after", "last"]);
    await nft.apply([
      { op: "delete-rule", chain: forward, handle: replaced?.handle as bigint, mustExist: true },
    ]);
    expect(await comments()).toEqual(["first", "before", "after", "last"]);
    await expectHostError(
      nft.apply([{ op: "add-rule", rule: named("lost"), place: { before: 4711n } }]),
      "ERR_HOST_NOT_FOUND",
    );
    await nft.apply([{ op: "flush-chain", chain: forward }]);
    expect(await comments()).toEqual([]);
    await start(rule(accept), { op: "flush-table", table });
    expect(await comments()).toEqual([]);
  });

  it("says what is in use, and what does not belong where it is put", async () => {
    await start({ op: "add-set", set: ranges }, { op: "add-chain", chain: other });
    await nft.apply([
      rule(
        { type: "payload", base: "network", offset: 12, length: 4, to: 0 },
        { type: "lookup", set: "ranges", from: 0 },
      ),
      rule({ type: "verdict", verdict: { goto: "other" } }),
    ]);
    await expectHostError(nft.apply([{ op: "delete-set", set: ranges }]), "ERR_HOST_BUSY", "EBUSY");
    await expectHostError(nft.apply([{ op: "delete-chain", chain: other }]), "ERR_HOST_BUSY", "EBUSY");
    await expectHostError(nft.apply([rule({ type: "masquerade" })]), "ERR_HOST_INVALID", "EOPNOTSUPP");
    await expectHostError(
      nft.apply([rule({ type: "verdict", verdict: { jump: "none" } })]),
      "ERR_HOST_NOT_FOUND",
    );
    const elsewhere = { table: { family: "ip", name: "bgrnone" }, name: "c" } as const;
    await expectHostError(nft.apply([{ op: "add-chain", chain: elsewhere }]), "ERR_HOST_NOT_FOUND", "ENOENT");
    expect([await nft.chains(elsewhere.table), await nft.sets(elsewhere.table)]).toEqual([[], []]);
    expect([await nft.rules(elsewhere), await nft.elements(elsewhere)]).toEqual([[], []]);
  });

  it("changes only a set that rules may change, and holds it", async () => {
    const add = (set: string) =>
      rule(
        { type: "meta", key: "mark", to: 0 },
        { type: "dynset", op: "add", set, from: 0, state: { type: "connlimit", count: 9 } },
      );
    await start({ op: "add-set", set: ranges }, { op: "add-set", set: counted });
    await expectHostError(nft.apply([add("nowhere")]), "ERR_HOST_NOT_FOUND", "ENOENT");
    await nft.apply([add("counted")]);
    await expectHostError(nft.apply([{ op: "delete-set", set: counted }]), "ERR_HOST_BUSY", "EBUSY");
    expect(await nft.elements(counted)).toEqual([]);
  });

  it("gives back every expression as it was given", async () => {
    const nat = { table, name: "nat" };
    const each: NftExpression[] = [
      { type: "meta", key: "nfproto", to: 0 },
      { type: "cmp", from: 0, op: "==", value: Uint8Array.of(2) },
      { type: "payload", base: "network", offset: 12, length: 4, to: 4 },
      { type: "bitwise", from: 4, to: 4, mask: Uint8Array.of(255, 255, 0, 0), xor: new Uint8Array(4) },
      { type: "range", from: 4, op: "!=", low: Uint8Array.of(10, 0, 0, 0), high: Uint8Array.of(10, 1, 0, 0) },
      { type: "ct", key: "state", to: 5 },
      { type: "ct", key: "proto-dst", direction: "original", to: 5 },
      { type: "fib", of: ["saddr", "iif"], result: "oif", present: true, to: 0 },
      { type: "byteorder", from: 0, to: 0, op: "hton", length: 4, size: 4 },
      { type: "immediate", to: 8, value: Uint8Array.of(1, 0, 0, 0) },
      { type: "meta-set", key: "mark", from: 8 },
      { type: "ct-set", key: "mark", from: 8 },
      { type: "lookup", set: "ranges", from: 4, negate: true },
      { type: "limit", rate: 5n, per: "minute", of: "packets", burst: 7, over: true },
      counter,
      {
        type: "dynset",
        op: "add",
        set: "counted",
        from: 4,
        state: { type: "connlimit", count: 9, over: true },
      },
      { type: "dynset", op: "update", set: "learnt", from: 4, timeoutMs: 5000n },
      { type: "connlimit", count: 100 },
      { type: "reject", with: { kind: "icmpx", code: "admin-prohibited" } },
    ];
    const load = (to: number, ...value: number[]): NftExpression => ({
      type: "immediate",
      to,
      value: Uint8Array.from(value),
    });
    const nats: NftExpression[][] = [
      [
        load(0, 10, 0, 0, 1),
        load(4, 0, 80),
        { type: "dnat", family: "ip", address: { from: 0 }, port: { from: 4 } },
      ],
      [load(0, 0, 80), { type: "redirect", port: { from: 0 }, flags: ["random"] }],
    ];
    await start(
      { op: "add-set", set: ranges },
      { op: "add-set", set: counted },
      { op: "add-set", set: learnt },
      rule(...each),
      {
        op: "add-chain",
        chain: { ...nat, base: { type: "nat", hook: "prerouting", priority: -100 } },
      },
    );
    expect((await nft.rules(forward))[0]?.expressions).toEqual(each);
    await nft.apply(nats.map((expressions) => ({ op: "add-rule", rule: { chain: nat, expressions } })));
    expect((await nft.rules(nat)).map(({ expressions }) => expressions)).toEqual(nats);
  });
});
