import net from "node:net";
import path from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import type { NftCommand, NftElement, NftSet } from "../../../src/host/host-ops.ts";
import { accept, inSet, ip, meta, natByMap, nftRule, th } from "../../../src/shared/nft/index.ts";
import { openReal } from "../../contract/support/hosts.ts";
import { ask } from "./support/ask.ts";
import { guestNetwork, table } from "./support/guest-network.ts";
import { listed, nft, rulesOf } from "./support/nft-tool.ts";

const GOLDEN = path.resolve(import.meta.dirname, "../../unit/host/shared/nft/golden");

describe("nftables beside nft", () => {
  const host = openReal();
  afterEach(() => {
    nft("flush", "ruleset");
  });
  afterAll(() => host.close());

  it("nft lists what a network of guests needs, as it was meant", async () => {
    await host.nft.apply(guestNetwork.commands);
    for (const [chain, rules] of Object.entries(guestNetwork.asNftWritesThem))
      expect(rulesOf(table, chain)).toEqual(rules);
    const chains = listed("chain").map(({ name, type, hook, prio, policy }) => [
      name,
      type,
      hook,
      prio,
      policy,
    ]);
    expect(chains).toEqual(guestNetwork.chains);
    // One version of nft joins a map's types, another lists them.
    const types = (of: unknown) => [of ?? []].flat().join(" . ");
    const sets = [...listed("set"), ...listed("map")].map(({ name, type, map }) => [
      name,
      types(type),
      types(map),
    ]);
    expect(sets.sort()).toEqual(guestNetwork.sets);
    const handles = new Map(listed("rule").map(({ handle, comment }) => [BigInt(handle as number), comment]));
    const own = await host.nft.rules({ table, name: "forward" });
    expect(own.map(({ handle }) => handles.has(handle))).not.toContain(false);
    expect(own.map(({ comment }) => comment ?? undefined)).toEqual(
      own.map(({ handle }) => handles.get(handle)),
    );
  });

  it.each(["rules", "nat"])("reads what nft has made, and makes the same of it: %s", async (name) => {
    nft("-f", path.join(GOLDEN, `${name}.nft`));
    const t = { family: "inet", name: "t" } as const;
    for (const { name: chain } of await host.nft.chains(t)) {
      const before = rulesOf(t, chain);
      const rules = await host.nft.rules({ table: t, name: chain });
      expect(
        rules.flatMap(({ expressions }) => expressions).filter(({ type }) => type === "unknown"),
      ).toEqual([]);
      await host.nft.apply([
        { op: "flush-chain", chain: { table: t, name: chain } },
        ...rules.map(({ chain: of, expressions, comment }): NftCommand => {
          return {
            op: "add-rule",
            rule: { chain: of, expressions, ...(comment === null ? {} : { comment }) },
          };
        }),
      ]);
      expect(rulesOf(t, chain)).toEqual(before);
    }
  });

  it("reads the sets and elements that nft has made", async () => {
    nft("-f", path.join(GOLDEN, "sets.nft"));
    const t = { family: "inet", name: "t" } as const;
    const all = await host.nft.sets(t);
    const keysOf = async (name: string) =>
      (await host.nft.elements({ table: t, name })).map(({ key }) => key);
    expect(Object.fromEntries(all.map(({ name, key }) => [name, key.join(" . ")]))).toMatchObject({
      guests: "ifname . ipv4_addr . ether_addr",
      services: "ipv4_addr . inet_service",
      leases: "ipv6_addr",
      marks: "mark",
    });
    expect(await keysOf("addresses")).toEqual([
      ["0.0.0.0/8"],
      ["10.0.0.1"],
      [{ from: "11.0.0.0", to: "11.0.0.9" }],
      ["250.0.0.0/8"],
    ]);
    expect(await keysOf("services")).toEqual([
      ["10.0.0.0/8", { from: 80, to: 90 }],
      ["11.0.0.1", 443],
    ]);
    expect(await host.nft.elements({ table: t, name: "ports" })).toEqual([
      { key: ["127.0.0.1", "udp", 5353], data: ["172.30.0.2", 53] },
    ]);
    expect((await host.nft.elements({ table: t, name: "links" }))[0]?.comment).toBe("a VM");
  });

  it("leaves what others have alone, and puts a rule beside theirs that is found again", async () => {
    nft(
      "add table ip filter; add chain ip filter DOCKER-USER; add rule ip filter DOCKER-USER counter return",
    );
    const chain = { table: { family: "ip", name: "filter" }, name: "DOCKER-USER" } as const;
    const rule = {
      chain,
      expressions: nftRule(accept),
      comment: "banger",
    };
    await host.nft.apply([{ op: "add-rule", rule, place: "first" }]);
    await host.nft.apply([
      { op: "add-table", table },
      { op: "delete-table", table },
    ]);
    const found = (await host.nft.rules(chain)).find(({ comment }) => comment === "banger");
    expect(rulesOf(chain.table, chain.name)[0]).toBe('accept comment "banger"');
    await host.nft.apply([{ op: "delete-rule", chain, handle: found?.handle as bigint, mustExist: true }]);
    expect(rulesOf(chain.table, chain.name)).toHaveLength(1);
  });

  it("a port forward begins and ends with its element", async () => {
    const server = net.createServer((socket) => socket.end("the guest"));
    await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
    const { port } = server.address() as net.AddressInfo;
    const ports: NftSet = {
      ...{ table, name: "ports", key: ["ipv4_addr", "inet_proto", "inet_service"] },
      data: ["ipv4_addr", "inet_service"],
    };
    const output = { table, name: "output", base: { type: "nat", hook: "output", priority: -100 } } as const;
    const forward: NftElement = { key: ["127.0.0.1", "tcp", 18080], data: ["127.0.0.1", port] };
    await host.nft.apply([
      { op: "add-table", table },
      { op: "add-chain", chain: output },
      { op: "add-set", set: ports },
      {
        op: "add-rule",
        rule: {
          chain: output,
          expressions: nftRule(natByMap("dnat", [ip.daddr, meta.l4proto, th.dport], ports)),
        },
      },
      { op: "add-elements", set: ports, elements: [forward] },
    ]);
    expect(await ask(18080)).toBe("the guest");
    await host.nft.apply([{ op: "delete-elements", set: ports, elements: [forward] }]);
    expect(await ask(18080)).toBe("ECONNREFUSED");
    await new Promise((done) => server.close(done));
  });

  it("says at which expression and at which element the kernel stopped", async () => {
    const ranges: NftSet = { table, name: "ranges", key: ["ipv4_addr"], interval: true };
    const chain = { table, name: "c" };
    const start: NftCommand[] = [
      { op: "add-table", table },
      { op: "add-chain", chain },
      { op: "add-set", set: ranges },
    ];
    const expressions = nftRule(inSet([ip.saddr], { ...ranges, name: "nowhere" }), accept);
    const failed = (...commands: NftCommand[]) => host.nft.apply(commands).catch((error: unknown) => error);
    expect(await failed(...start, { op: "add-rule", rule: { chain, expressions } })).toMatchObject({
      ...{ code: "ERR_HOST_NOT_FOUND", details: { command: 3, place: 3 } },
      message: expect.stringContaining("at expression 3, lookup"),
    });
    const elements = ["10.0.0.0/8", "11.0.0.0/8", "10.1.0.0/16"].map((key) => ({ key: [key] }));
    expect(await failed(...start, { op: "add-elements", set: ranges, elements })).toMatchObject({
      ...{ code: "ERR_HOST_EXISTS", details: { command: 3, place: 2 } },
      message: expect.stringContaining("at element 2"),
    });
    expect(await host.nft.tables()).toEqual([]);
  });
});
