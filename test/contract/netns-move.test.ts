import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { expectHostError } from "./support/errors.ts";
import { hosts } from "./support/hosts.ts";

const PREFIX = `bgrm-${process.pid}-`;
const [NAME, OTHER] = [`${PREFIX}a`, `${PREFIX}b`];
const TAP = { name: "bgrn0", ownerUid: 1 };

describe.each(hosts)("links that move between namespaces ($name)", ({ open }) => {
  const host = open();
  const inside = host.netns.in(NAME);
  const [one, two] = [inside.link, host.netns.in(OTHER).link];
  beforeEach(async () => {
    await host.netns.create(NAME);
    await host.netns.create(OTHER);
  });
  afterEach(async () => {
    for (const { name } of await host.netns.list(PREFIX)) await host.netns.delete(name);
    for (const { name } of await host.link.list("bgrn")) await host.link.delete(name);
  });
  afterAll(() => host.close());

  it("moves a link into a namespace, on into another, and back", async () => {
    const { mac } = await host.tap.create({ ...TAP, up: true });
    await host.link.set(TAP.name, { mtu: 1400 });
    await host.address.add(TAP.name, "172.30.9.1/32");
    await host.link.moveTo(TAP.name, { namespace: NAME });
    expect(await host.link.get(TAP.name)).toBeNull();
    const there = await one.get(TAP.name);
    expect(there).toMatchObject({ mac, mtu: 1400, up: false, kind: "tun", tun: { ownerUid: 1 } });
    expect(await inside.address.list(TAP.name)).toEqual([]);
    await one.moveTo(TAP.name, { namespace: OTHER, name: "bgrn1" });
    expect(await one.get(TAP.name)).toBeNull();
    expect(await two.get("bgrn1")).toMatchObject({ mac });
    await two.moveTo("bgrn1", { namespace: null, name: TAP.name });
    expect(await host.link.get(TAP.name)).toMatchObject({ mac });
    expect(await two.list("bgrn")).toEqual([]);
  });

  it("a veth's ends are where they were made or moved to, and know each other", async () => {
    await one.createVeth("bgrn0", { name: "bgrn1", namespace: OTHER });
    expect(await two.get("bgrn1")).toMatchObject({ peerIndex: (await one.get("bgrn0"))?.index });
    await host.link.createVeth("bgrn2", { name: "bgrn3" });
    await host.link.moveTo("bgrn2", { namespace: NAME });
    await host.link.moveTo("bgrn3", { namespace: OTHER });
    const [a, b] = [await one.get("bgrn2"), await two.get("bgrn3")];
    expect([a?.peerIndex, b?.peerIndex]).toEqual([b?.index, a?.index]);
    await one.delete("bgrn2");
    expect(await two.get("bgrn3")).toBeNull();
    await two.delete("bgrn1");
    expect(await one.list("bgrn")).toEqual([]);
  });

  it("what cannot move stays where it is", async () => {
    await inside.tap.create(TAP);
    await host.tap.create(TAP);
    const to = { namespace: NAME };
    await expectHostError(host.link.moveTo(TAP.name, to), "ERR_HOST_EXISTS", "EEXIST");
    const taken = host.link.moveTo(TAP.name, { namespace: NAME, name: "lo" });
    await expectHostError(taken, "ERR_HOST_EXISTS", "EEXIST");
    await expectHostError(host.link.moveTo("lo", to), "ERR_HOST_INVALID", "EINVAL");
    await expectHostError(host.link.moveTo("bgrn9", to), "ERR_HOST_NOT_FOUND", "ENODEV");
    const nowhere = host.link.moveTo(TAP.name, { namespace: `${PREFIX}none` });
    await expectHostError(nowhere, "ERR_HOST_NOT_FOUND", "ENOENT");
    for (const place of [{ namespace: "../a" }, { namespace: NAME, name: "a/b" }])
      await expectHostError(host.link.moveTo(TAP.name, place), "ERR_HOST_INVALID", "EINVAL");
    expect(await host.link.get(TAP.name)).not.toBeNull();
    expect((await inside.link.list("bgrn")).map(({ name }) => name)).toEqual([TAP.name]);
  });
});
