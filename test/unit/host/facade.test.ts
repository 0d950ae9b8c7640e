import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { openHostOps } from "../../../src/host/facade.ts";
import { openFakeHostOps } from "../../../src/host/fake/index.ts";

describe("the library's face", () => {
  it("gives everything back at the end of the block, last first", async () => {
    const fake = openFakeHostOps();
    const directory = mkdtempSync(path.join(os.tmpdir(), "banger-facade-"));
    const backingFile = path.join(directory, "disk");
    writeFileSync(backingFile, "x".repeat(512));
    {
      await using host = openHostOps(fake);
      await using loop = await host.attachLoop({ backingFile, readOnly: false, name: "mine" });
      await using dm = await host.createDm({
        name: "bgr-a",
        table: [{ type: "linear", lengthSectors: 1n, device: loop.info.device, startSector: 0n }],
        readOnly: true,
      });
      await using tap = await host.createTap({ name: "bgr0", ownerUid: 1 });
      await using dummy = await host.createDummy("banger0");
      await tap.setUp(true);
      await tap.addAddress("10.0.0.1/32");
      await using route = await host.addRoute({
        destination: "10.0.0.2/32",
        link: "bgr0",
        source: "10.0.0.1",
      });
      expect([loop.info.name, dm.info.uuid, tap.info.name, dummy.info.kind, route.info.link]).toEqual([
        "mine",
        "BANGER-bgr-a",
        "bgr0",
        "dummy",
        "bgr0",
      ]);
      await loop.refreshSize();
    }
    const { loops, devices, links, routes, addresses } = fake.kernel;
    expect([loops.size + devices.size, [...links.keys()], routes, addresses]).toEqual([0, ["lo"], [], []]);
    const released = fake.faults.calls.map((call) => call.operation).slice(-5);
    expect(released).toEqual(["route.delete", "link.delete", "link.delete", "dm.remove", "loop.detach"]);
    rmSync(directory, { recursive: true });
  });

  it("closes once, and again only when it failed", async () => {
    const fake = openFakeHostOps();
    const tap = await openHostOps(fake).createTap({ name: "bgr0", ownerUid: 1 });
    fake.faults.fail("link.delete", { errnoCode: "EIO" });
    await expect(tap.close()).rejects.toMatchObject({ code: "ERR_HOST_IO" });
    await tap.close();
    await tap.close();
    expect(fake.faults.calls.filter((call) => call.operation === "link.delete")).toHaveLength(2);
  });

  it("a loop device and a device-mapper device can do what their kind can, under the name that they have", async () => {
    const fake = openFakeHostOps();
    const host = openHostOps(fake);
    const table = [{ type: "zero", lengthSectors: 8n } as const];
    const dm = await host.createDm({ name: "bgr-a", table, readOnly: true });
    await dm.suspend();
    expect(await dm.status()).toMatchObject({ suspended: true });
    await dm.load([{ type: "error", lengthSectors: 8n }]);
    await dm.resume();
    expect(await dm.table()).toEqual([{ type: "error", lengthSectors: 8n }]);
    await dm.rename("bgr-b");
    expect([dm.name, dm.info.name]).toEqual(["bgr-b", "bgr-a"]);
    const event = dm.waitEvent();
    await dm.status();
    fake.kernel.dmEvent("bgr-b");
    expect(await event).toMatchObject({ name: "bgr-b", eventNumber: 1 });
    await dm.close();
    await dm.close();
    expect(await dm.status()).toBeNull();
    expect(fake.kernel.devices.size).toBe(0);
  });

  it("gives back addresses, routes, neighbours and ports one by one, each once", async () => {
    const fake = openFakeHostOps();
    const host = openHostOps(fake);
    const tap = await host.createTap({ name: "bgr0", ownerUid: 1 });
    const bridge = await host.createBridge("bgrb");
    const veth = await host.createVeth("bgrv", { name: "bgrw" });
    await tap.rename("bgr7");
    expect([tap.name, (await tap.inspect())?.name, await fake.link.get("bgr0")]).toEqual([
      "bgr7",
      "bgr7",
      null,
    ]);
    await tap.set({ mtu: 1400, up: true });
    await tap.writeSysctl({ family: 4, key: "forwarding" }, 1);
    expect(await tap.readSysctl({ family: 4, key: "forwarding" })).toBe("1");
    const held = [
      await tap.addAddress("10.0.0.1/24"),
      await tap.addRoute({ destination: "10.1.0.0/16", gateway: "10.0.0.9" }),
      await tap.setNeighbour("10.0.0.9", "02:00:00:00:00:09"),
      await bridge.addPort("bgrv", { isolated: true }),
    ];
    expect((await veth.inspect())?.port).toMatchObject({ isolated: true });
    const { addresses, routes, neighbours, links } = fake.kernel;
    expect([addresses.length, routes.length, neighbours.length]).toEqual([1, 1, 1]);
    for (const object of held.reverse()) {
      await object.close();
      await object[Symbol.asyncDispose]();
    }
    expect([addresses, routes, neighbours, (await veth.inspect())?.masterIndex]).toEqual([[], [], [], null]);
    const released = fake.faults.calls.map(({ operation }) => operation);
    for (const operation of [
      "address.delete",
      "route.delete",
      "neighbour.delete",
      "link.removePort",
    ] as const)
      expect(released.filter((each) => each === operation)).toHaveLength(1);
    for (const link of [veth, bridge, tap]) await link.close();
    expect([...links.keys()]).toEqual(["lo"]);
  });

  it("a port that cannot be isolated is no port", async () => {
    const fake = openFakeHostOps();
    const bridge = await openHostOps(fake).createBridge("bgrb");
    await fake.tap.create({ name: "bgr0", ownerUid: 1 });
    fake.faults.fail("link.setIsolated", { errnoCode: "EOPNOTSUPP" });
    await expect(bridge.addPort("bgr0", { isolated: true })).rejects.toMatchObject({
      code: "ERR_HOST_UNSUPPORTED",
    });
    expect((await fake.link.get("bgr0"))?.masterIndex).toBeNull();
  });
});
