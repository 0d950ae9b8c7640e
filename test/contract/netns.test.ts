import { afterAll, afterEach, describe, expect, it } from "vitest";
import { accept, inSet, ip, nftRule } from "../../src/shared/nft/index.ts";
import { expectHostError } from "./support/errors.ts";
import { hosts } from "./support/hosts.ts";

const PREFIX = `bgrn-${process.pid}-`;
const NAME = `${PREFIX}a`;
const OTHER = `${PREFIX}b`;
const TAP = { name: "bgrn0", ownerUid: 1 };

describe.each(hosts)("netns ($name)", ({ open }) => {
  const host = open();
  afterEach(async () => {
    for (const { name } of await host.netns.list(PREFIX)) await host.netns.delete(name);
    await host.link.delete(TAP.name);
  });
  afterAll(() => host.close());

  it("makes, lists and deletes namespaces; deleting what is not there succeeds", async () => {
    expect(await host.netns.get(NAME)).toBeNull();
    const made = await host.netns.create(NAME);
    expect(made).toEqual({ name: NAME, inode: expect.any(BigInt) });
    const other = await host.netns.create(OTHER);
    expect(other.inode).not.toBe(made.inode);
    expect(await host.netns.get(NAME)).toEqual(made);
    expect((await host.netns.list(PREFIX)).map(({ name }) => name).sort()).toEqual([NAME, OTHER]);
    await host.netns.delete(NAME);
    await host.netns.delete(NAME);
    expect(await host.netns.list(PREFIX)).toEqual([other]);
  });

  it("a name that is taken stays whose it is", async () => {
    const made = await host.netns.create(NAME);
    await expectHostError(host.netns.create(NAME), "ERR_HOST_EXISTS", "EEXIST");
    expect(await host.netns.get(NAME)).toEqual(made);
    const results = await Promise.allSettled(Array.from({ length: 6 }, () => host.netns.create(OTHER)));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  });

  it.each(["", ".", "..", "a/b", ".hidden", "a b", "x".repeat(256)])("refuses the name %j", async (name) => {
    await expectHostError(host.netns.create(name), "ERR_HOST_INVALID", "EINVAL");
    await expectHostError(host.netns.delete(name), "ERR_HOST_INVALID", "EINVAL");
    await expectHostError(host.netns.get(name), "ERR_HOST_INVALID", "EINVAL");
    expect(() => host.netns.in(name)).toThrow(expect.objectContaining({ code: "ERR_HOST_INVALID" }));
  });

  it("what is made in a namespace is in that one only", async () => {
    await host.netns.create(NAME);
    await host.netns.create(OTHER);
    const inside = host.netns.in(NAME);
    expect((await inside.link.list("")).map(({ name, up }) => ({ name, up }))).toEqual([
      { name: "lo", up: false },
    ]);
    await inside.link.setUp("lo", true);
    expect(await inside.link.get("lo")).toMatchObject({ up: true });
    expect(await host.netns.in(OTHER).link.get("lo")).toMatchObject({ up: false });
    expect(await inside.tap.create(TAP)).toMatchObject({ name: TAP.name, kind: "tun" });
    expect(await host.link.get(TAP.name)).toBeNull();
    expect(await host.netns.in(OTHER).link.get(TAP.name)).toBeNull();
    // The same name is free elsewhere, and here it is not.
    await host.tap.create(TAP);
    await expectHostError(inside.tap.create(TAP), "ERR_HOST_EXISTS", "EBUSY");
  });

  it("addresses and routes of a namespace are its own", async () => {
    await host.netns.create(NAME);
    const { tap, link, address, route, neighbour } = host.netns.in(NAME);
    await tap.create(TAP);
    await link.setUp(TAP.name, true);
    await address.add(TAP.name, "172.30.9.1/32");
    await route.add({ destination: "172.30.9.2/32", link: TAP.name, source: "172.30.9.1" });
    await neighbour.set({ link: TAP.name, address: "172.30.9.2", mac: "02:00:00:00:00:01" });
    expect(await address.list()).toMatchObject([{ link: TAP.name, cidr: "172.30.9.1/32" }]);
    expect(await route.list()).toMatchObject([{ destination: "172.30.9.2/32", link: TAP.name }]);
    expect((await host.address.list()).map(({ cidr }) => cidr)).not.toContain("172.30.9.1/32");
    expect((await host.route.list()).map(({ destination }) => destination)).not.toContain("172.30.9.2/32");
    await route.delete({ destination: "172.30.9.2/32", link: TAP.name });
    expect(await route.list()).toEqual([]);
  });

  it("many calls at once in many namespaces do not mix", async () => {
    const names = Array.from({ length: 4 }, (_, index) => `${PREFIX}m${index}`);
    await Promise.all(names.map((name) => host.netns.create(name)));
    const made = names.flatMap((name, index) =>
      Array.from({ length: index + 1 }, (_, tap) => ({ name, tap: `bgrn${index}${tap}` })),
    );
    await Promise.all(
      made.map(({ name, tap }) => host.netns.in(name).tap.create({ name: tap, ownerUid: 1 })),
    );
    const links = await Promise.all(names.map((name) => host.netns.in(name).link.list("bgrn")));
    for (const [index, name] of names.entries()) {
      const expected = made.filter((each) => each.name === name).map(({ tap }) => tap);
      expect((links[index] ?? []).map((link) => link.name).sort()).toEqual(expected);
    }
    expect(await host.link.list("bgrn")).toEqual([]);
  });

  it("tables, sets and rules of a namespace are its own", async (context) => {
    const { ok, reason } = await host.nft.available();
    if (!ok) context.skip(reason);
    await host.netns.create(NAME);
    await host.netns.create(OTHER);
    const { nft } = host.netns.in(NAME);
    expect(await nft.available()).toMatchObject({ ok: true });
    const table = { family: "inet", name: "bgrn" } as const;
    const guests = { table, name: "guests", key: ["ipv4_addr"] } as const;
    const chain = { table, name: "c" };
    const [, , , made] = await nft.apply([
      { op: "add-table", table },
      { op: "add-set", set: guests },
      { op: "add-chain", chain },
      { op: "add-rule", rule: { chain, expressions: nftRule(inSet([ip.saddr], guests), accept) } },
      { op: "add-elements", set: guests, elements: [{ key: ["10.0.0.1"] }] },
    ]);
    expect((await nft.rules(chain)).map(({ handle }) => handle)).toEqual([made?.handle]);
    expect(await nft.elements(guests)).toEqual([{ key: ["10.0.0.1"] }]);
    for (const elsewhere of [host.nft, host.netns.in(OTHER).nft])
      expect((await elsewhere.tables()).filter(({ name }) => name === "bgrn")).toEqual([]);
    const gone = { op: "delete-table", table, mustExist: true } as const;
    await expectHostError(host.netns.in(OTHER).nft.apply([gone]), "ERR_HOST_NOT_FOUND", "ENOENT");
    await Promise.all(
      ["10.0.0.2", "10.0.0.3"].map((key) =>
        host.netns.in(NAME).nft.apply([{ op: "add-elements", set: guests, elements: [{ key: [key] }] }]),
      ),
    );
    expect(await nft.elements(guests)).toHaveLength(3);
    await nft.apply([gone]);
    expect(await nft.tables()).toEqual([]);
  });

  it("in a namespace that is not there nothing is found, and releases succeed", async () => {
    const { tap, link, address, route, nft } = host.netns.in(`${PREFIX}none`);
    await expectHostError(tap.create(TAP), "ERR_HOST_NOT_FOUND", "ENOENT");
    await expectHostError(link.list(""), "ERR_HOST_NOT_FOUND", "ENOENT");
    await expectHostError(address.add("lo", "172.30.9.1/32"), "ERR_HOST_NOT_FOUND", "ENOENT");
    await link.delete(TAP.name);
    await route.delete({ destination: "172.30.9.2/32", link: TAP.name });
    expect(await host.link.get(TAP.name)).toBeNull();
    const table = { family: "inet", name: "bgrn" } as const;
    await expectHostError(nft.tables(), "ERR_HOST_NOT_FOUND", "ENOENT");
    const added = nft.apply([
      { op: "delete-table", table },
      { op: "add-table", table },
    ]);
    await expectHostError(added, "ERR_HOST_NOT_FOUND", "ENOENT");
    expect(await nft.apply([{ op: "delete-table", table }])).toEqual([{ handle: null, missing: true }]);
    const must = nft.apply([{ op: "delete-table", table, mustExist: true }]);
    await expectHostError(must, "ERR_HOST_NOT_FOUND", "ENOENT");
  });

  it("a namespace made again under its name is the new one", async () => {
    await host.netns.create(NAME);
    const inside = host.netns.in(NAME);
    await inside.tap.create(TAP);
    await host.netns.delete(NAME);
    await host.netns.create(NAME);
    expect(await inside.link.get(TAP.name)).toBeNull();
  });
});
