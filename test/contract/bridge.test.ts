import { afterAll, afterEach, describe, expect, it } from "vitest";
import { expectHostError } from "./support/errors.ts";
import { hosts } from "./support/hosts.ts";

const PREFIX = "bgrb";
const [BRIDGE, OTHER, PORT] = [`${PREFIX}r`, `${PREFIX}s`, `${PREFIX}0`];

describe.each(hosts)("bridge and veth ($name)", ({ open }) => {
  const host = open();
  afterEach(async () => {
    for (const link of await host.link.list(PREFIX)) await host.link.delete(link.name);
    for (const { name } of await host.netns.list(PREFIX)) await host.netns.delete(name);
  });
  afterAll(() => host.close());

  it("makes a bridge without the spanning tree, whose MAC stays when ports come and go", async () => {
    const bridge = await host.link.createBridge(BRIDGE);
    expect(bridge).toMatchObject({ name: BRIDGE, kind: "bridge", stp: false, up: false, masterIndex: null });
    await host.link.setUp(BRIDGE, true);
    // The lowest MAC that there is: a bridge whose own was not set would take it.
    await host.tap.create({ name: PORT, ownerUid: 1, mac: "00:00:00:00:00:01" });
    await host.link.addPort(BRIDGE, PORT);
    await host.link.addPort(BRIDGE, PORT);
    expect(await host.link.get(PORT)).toMatchObject({
      masterIndex: bridge.index,
      port: { isolated: false, state: "disabled" },
    });
    expect((await host.link.get(BRIDGE))?.mac).toBe(bridge.mac);
    await host.link.removePort(PORT);
    await host.link.removePort(PORT);
    expect(await host.link.get(PORT)).toMatchObject({ masterIndex: null, port: null });
    expect((await host.link.get(BRIDGE))?.mac).toBe(bridge.mac);
  });

  it("takes MAC, MTU and group", async () => {
    const options = { mac: "02:00:00:00:00:09", mtu: 1400, group: 7 };
    expect(await host.link.createBridge(BRIDGE, options)).toMatchObject({ ...options, kind: "bridge" });
    await expectHostError(host.link.createBridge(BRIDGE), "ERR_HOST_EXISTS", "EEXIST");
    await expectHostError(host.link.createBridge(OTHER, { mac: "x" }), "ERR_HOST_INVALID", "EINVAL");
    expect(await host.link.get(OTHER)).toBeNull();
  });

  it("isolates a port, and only a port", async () => {
    await host.link.createBridge(BRIDGE);
    await host.tap.create({ name: PORT, ownerUid: 1 });
    await expectHostError(host.link.setIsolated(PORT, true), "ERR_HOST_UNSUPPORTED", "EOPNOTSUPP");
    await host.link.addPort(BRIDGE, PORT);
    await host.link.setIsolated(PORT, true);
    expect((await host.link.get(PORT))?.port).toMatchObject({ isolated: true });
    await host.link.setIsolated(PORT, false);
    expect((await host.link.get(PORT))?.port).toMatchObject({ isolated: false });
    await expectHostError(host.link.setIsolated(`${PREFIX}9`, true), "ERR_HOST_NOT_FOUND", "ENODEV");
  });

  it("moves a port to another bridge, and lets it go with its bridge", async () => {
    await host.link.createBridge(BRIDGE);
    const other = await host.link.createBridge(OTHER);
    await host.tap.create({ name: PORT, ownerUid: 1 });
    await host.link.addPort(BRIDGE, PORT);
    await host.link.addPort(OTHER, PORT);
    expect(await host.link.get(PORT)).toMatchObject({ masterIndex: other.index });
    await host.link.delete(OTHER);
    expect(await host.link.get(PORT)).toMatchObject({ masterIndex: null, port: null });
  });

  it("says what is no bridge, and what is not there", async () => {
    await host.tap.create({ name: PORT, ownerUid: 1 });
    await host.tap.create({ name: `${PREFIX}1`, ownerUid: 1 });
    await expectHostError(host.link.addPort(PORT, `${PREFIX}1`), "ERR_HOST_UNSUPPORTED", "EOPNOTSUPP");
    await expectHostError(host.link.addPort(`${PREFIX}9`, PORT), "ERR_HOST_NOT_FOUND", "ENODEV");
    await host.link.createBridge(BRIDGE);
    await expectHostError(host.link.addPort(BRIDGE, `${PREFIX}9`), "ERR_HOST_NOT_FOUND", "ENODEV");
    await host.link.removePort(`${PREFIX}9`);
  });

  it("makes a veth pair that knows its other end, and goes with it", async () => {
    const made = await host.link.createVeth(PORT, { name: `${PREFIX}1` }, { mac: "02:00:00:00:00:0a" });
    const peer = await host.link.get(`${PREFIX}1`);
    expect(made).toMatchObject({ kind: "veth", mac: "02:00:00:00:00:0a", peerIndex: peer?.index });
    expect(peer).toMatchObject({ kind: "veth", peerIndex: made.index });
    for (const link of [PORT, `${PREFIX}1`])
      expect(await host.link.readSysctl({ family: 6, link, key: "disable_ipv6" })).toBe("1");
    await expectHostError(host.link.createVeth(PORT, { name: `${PREFIX}2` }), "ERR_HOST_EXISTS", "EEXIST");
    expect(await host.link.get(`${PREFIX}2`)).toBeNull();
    await host.link.delete(`${PREFIX}1`);
    expect(await host.link.get(PORT)).toBeNull();
  });

  it("makes the other end in a named network namespace", async () => {
    await host.netns.create(`${PREFIX}-a`);
    const made = await host.link.createVeth(PORT, { name: "inside", namespace: `${PREFIX}-a` });
    expect(await host.link.get("inside")).toBeNull();
    expect(await host.netns.in(`${PREFIX}-a`).link.get("inside")).toMatchObject({ peerIndex: made.index });
    await host.netns.in(`${PREFIX}-a`).link.delete("inside");
    expect(await host.link.get(PORT)).toBeNull();
    const missing = host.link.createVeth(PORT, { name: "inside", namespace: `${PREFIX}-none` });
    await expectHostError(missing, "ERR_HOST_NOT_FOUND", "ENOENT");
    expect(await host.link.get(PORT)).toBeNull();
  });
});
