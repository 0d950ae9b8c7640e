import { execFileSync } from "node:child_process";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { accept, inSet, ip, nftRule } from "../../../src/shared/nft/index.ts";
import { openReal } from "../../contract/support/hosts.ts";

const NAME = `bgrp-${process.pid}`;

describe("a named network namespace is the one that ip(8) and nft(8) see", () => {
  const host = openReal();
  const { link, nft } = host.netns.in(NAME);
  beforeEach(async () => {
    await host.netns.create(NAME);
  });
  afterEach(async () => {
    await host.netns.delete(NAME);
    await host.link.delete("bgrp0");
  });
  afterAll(() => host.close());

  it("tables, sets and rules", async (context) => {
    const { ok, reason } = await nft.available();
    if (!ok) context.skip(reason);
    const table = { family: "inet", name: "bgrp" } as const;
    const guests = { table, name: "guests", key: ["ipv4_addr"] } as const;
    const chain = { table, name: "c", base: { type: "filter", hook: "input", priority: 0 } } as const;
    const expressions = nftRule(inSet([ip.saddr], guests), accept);
    await nft.apply([
      { op: "add-table", table },
      { op: "add-set", set: guests },
      { op: "add-elements", set: guests, elements: [{ key: ["10.0.0.1"] }] },
      { op: "add-chain", chain },
      { op: "add-rule", rule: { chain, expressions, comment: "ours" } },
    ]);
    const text = execFileSync("ip", ["netns", "exec", NAME, "nft", "-j", "list", "ruleset"]);
    const { nftables } = JSON.parse(text.toString()) as { nftables: Record<string, object>[] };
    const [rule] = await nft.rules(chain);
    expect(nftables.flatMap((each) => each.set ?? [])).toMatchObject([
      { family: "inet", table: "bgrp", name: "guests", type: "ipv4_addr", elem: ["10.0.0.1"] },
    ]);
    expect(nftables.flatMap((each) => each.chain ?? [])).toMatchObject([{ name: "c", hook: "input" }]);
    expect(nftables.flatMap((each) => each.rule ?? [])).toMatchObject([
      { chain: "c", handle: Number(rule?.handle), comment: "ours" },
    ]);
    expect(await host.nft.chains(table)).toEqual([]);
  });

  it("links that were moved there, and the ends of veths", async () => {
    await host.tap.create({ name: "bgrp2", ownerUid: 1234 });
    await host.link.createVeth("bgrp0", { name: "bgrp1" });
    await host.link.moveTo("bgrp1", { namespace: NAME, name: "eth0" });
    await host.link.moveTo("bgrp2", { namespace: NAME });
    const seen = JSON.parse(
      execFileSync("ip", ["-n", NAME, "-j", "-d", "link", "show"]).toString(),
    ) as Record<string, unknown>[];
    const ours = await link.list("");
    expect(
      seen.map(({ ifname, ifindex, address }) => ({ name: ifname, index: ifindex, mac: address })),
    ).toEqual(ours.map(({ name, index, mac }) => ({ name, index, mac })));
    const end = seen.find(({ ifname }) => ifname === "eth0");
    expect(end).toMatchObject({ link_index: (await host.link.get("bgrp0"))?.index });
    expect(seen.find(({ ifname }) => ifname === "bgrp2")).toMatchObject({
      linkinfo: { info_kind: "tun", info_data: { type: "tap", persist: true } },
    });
    await link.moveTo("bgrp2", { namespace: null });
    const [back] = JSON.parse(execFileSync("ip", ["-j", "link", "show", "dev", "bgrp2"]).toString());
    expect(back).toMatchObject({ ifname: "bgrp2", operstate: "DOWN" });
    await host.link.delete("bgrp2");
  });

  it("goes with its name: a call has left nothing open in it", async () => {
    await host.link.createVeth("bgrp0", { name: "bgrp1", namespace: NAME });
    if ((await nft.available()).ok) {
      const table = { family: "inet", name: "bgrp" } as const;
      await nft.apply([{ op: "add-table", table }]);
      await nft.apply([{ op: "delete-table", table, mustExist: true }]);
    }
    expect(await link.get("bgrp1")).not.toBeNull();
    await host.netns.delete(NAME);
    // The kernel clears a namespace up in the background, and its links with their other ends.
    while ((await host.link.get("bgrp0")) !== null) await new Promise((done) => setTimeout(done, 20));
  });
});
