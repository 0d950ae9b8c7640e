import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { openFakeHostOps } from "../../../../src/host/fake/index.ts";
import type { DmCreate } from "../../../../src/host/host-ops.ts";
import { KeyedLocks } from "../../../../src/services/locks.ts";
import { cowBytes } from "../../../../src/storage/dm-snapshot/cow-file.ts";
import { DmSnapshotDriver } from "../../../../src/storage/dm-snapshot/driver.ts";
import { deviceNames } from "../../../../src/storage/dm-snapshot/names.ts";
import { DiskWorld, imageId, MIB, writeHeader } from "./support/disk-world.ts";

const world = new DiskWorld();

describe("attach and detach", () => {
  it("one image device for all its VMs, that goes with the last", async () => {
    const [a, b] = [await world.vm("a"), await world.vm("b")];
    const { names } = world;
    const disks = [await world.driver.attach(a), await world.driver.attach(b)];
    expect(disks.map(({ root, upper }) => [root.kind, root.readOnly, upper])).toEqual([
      ["device", false, null],
      ["device", false, null],
    ]);
    expect(new Set(disks.map(({ root }) => root.path)).size).toBe(2);
    expect([...world.fake.kernel.devices.keys()].sort()).toEqual(
      [names.image(imageId), names.vm("a"), names.vm("b")].sort(),
    );
    const loops = [...world.fake.kernel.loops.values()];
    expect(loops.map(({ name, readOnly, autoclear }) => [name, readOnly, autoclear])).toEqual(
      expect.arrayContaining([
        [names.image(imageId), true, true],
        [names.vm("a"), false, true],
        [names.vm("b"), false, true],
      ]),
    );
    expect(loops).toHaveLength(3);
    // Enlarged by zeros, so that the guest's root can grow.
    expect(await world.fake.dm.status(names.vm("a"))).toMatchObject({
      targets: [{ lengthSectors: BigInt(32 * MIB) / 512n }],
    });
    await world.driver.detach(a);
    await world.driver.detach(a);
    expect(world.left().sort()).toEqual(
      [names.image(imageId), names.image(imageId), names.vm("b"), names.vm("b")].sort(),
    );
    await world.driver.detach(b);
    expect(world.left()).toEqual([]);
  });

  it("many at once, in and out", async () => {
    const vms = await Promise.all(Array.from({ length: 12 }, (_, index) => world.vm(`v${index}`)));
    world.fake.faults.delay(1);
    await Promise.all(
      vms.map(async (one, index) => {
        await world.driver.attach(one);
        if (index % 2 === 0) await world.driver.detach(one);
        if (index % 4 === 0) await world.driver.attach(one);
      }),
    );
    const running = [...world.fake.kernel.devices.keys()].filter((name) => name.includes("-vm-"));
    expect(running).toHaveLength(9);
    await Promise.all(vms.map((one) => world.driver.detach(one)));
    expect(world.left()).toEqual([]);
  });

  it("never stands on a device that got the image's number meanwhile", async () => {
    const { names } = world;
    const [a, b] = [await world.vm("a"), await world.vm("b")];
    await world.driver.attach(a);
    // The last user ends after the image was looked at and before it is held; another device gets its number.
    const ops = world.interposed(async (method, [spec]) => {
      const { name, table } = spec as DmCreate;
      if (method !== "create" || name !== names.vm("b") || world.fake.kernel.devices.has("stranger")) return;
      await world.fake.dm.remove(names.vm("a"));
      const large = [{ type: "error", lengthSectors: 2n ** 40n } as const];
      const stranger = await world.fake.dm.create({ name: "stranger", table: large, readOnly: true });
      expect(table[0]).toMatchObject({ origin: stranger.number });
    });
    await world.driverOver(ops).attach(b);
    const image = await world.fake.dm.status(names.image(imageId));
    expect(await world.fake.dm.dependencies(names.vm("b"))).toContainEqual({
      number: image?.number,
      device: image?.device,
    });
    await world.driver.detach(b);
    expect(world.left()).toEqual(["stranger"]);
  });

  it("takes a device that somebody has open only when he lets it go", async () => {
    const a = await world.vm("a");
    const { names } = world;
    await world.driver.attach(a);
    world.fake.kernel.opened.push((await world.fake.dm.status(names.vm("a")))?.number ?? "");
    await world.driver.detach(a);
    expect(await world.fake.dm.status(names.vm("a"))).toMatchObject({ deferredRemove: true });
    await expect(world.driver.attach(a)).rejects.toMatchObject({ code: "ERR_ROOT_DISK_BUSY" });
    world.fake.kernel.opened.length = 0;
    world.fake.kernel.settle();
    expect(world.left()).toEqual([]);
  });

  it("refuses a snapshot that the kernel gave up", async () => {
    const a = await world.vm("a");
    writeHeader(a.file, 0);
    await expect(world.driver.attach(a)).rejects.toMatchObject({
      code: "ERR_ROOT_DISK_LOST",
      next: expect.stringMatching(/work\.img/),
    });
    expect(world.left()).toEqual([]);
  });
});

describe("usage", () => {
  it("is the kernel's while it runs, the file's when not", async () => {
    const a = await world.vm("a");
    const idle = await world.driver.usage(a);
    expect(idle).toMatchObject({ usedBytes: 0, totalBytes: cowBytes(32 * MIB), invalid: false, full: false });
    expect(idle.hostFreeBytes).toBeGreaterThan(0);
    await world.driver.attach(a);
    expect(await world.driver.usage(a)).toMatchObject({ usedBytes: 8192, invalid: false, full: false });
    const device = world.fake.kernel.devices.get(world.names.vm("a"));
    const total = cowBytes(32 * MIB);
    const say = async (text: string) => {
      device?.fills.set(0, text);
      return world.driver.usage(a);
    };
    expect(await say(`${total / 512}/${total / 512} 80`)).toMatchObject({ usedBytes: total, full: true });
    expect(await say("Overflow")).toMatchObject({ usedBytes: total, full: true, invalid: false });
    expect(await say("Invalid")).toMatchObject({ full: false, invalid: true });
    await world.driver.detach(a);
    writeHeader(a.file, 0);
    expect(await world.driver.usage(a)).toMatchObject({ invalid: true });
  });
});

describe("available", () => {
  it("is tried, and leaves nothing", async () => {
    expect(await world.driver.available(world.directory)).toMatchObject({ ok: true });
    expect([world.left(), readdirSync(world.directory)]).toEqual([[], ["rootfs.ext4"]]);
    world.fake.faults.fail("dm.create", { errnoCode: "EINVAL", after: 1 });
    const refused = await world.driver.available(world.directory);
    expect(refused).toMatchObject({ ok: false, reason: expect.stringMatching(/EINVAL/) });
    expect([world.left(), readdirSync(world.directory)]).toEqual([[], ["rootfs.ext4"]]);
  });

  it("without a state directory has the names that it will have, so that a killed one is found", async () => {
    const state = path.join(world.directory, "state");
    let tried = "";
    const ops = world.interposed((method, [spec]) => {
      if (method === "attach") tried = (spec as { name: string }).name;
    });
    const early = new DmSnapshotDriver(ops, state, new KeyedLocks());
    expect(await early.available(world.directory)).toMatchObject({ ok: true });
    mkdirSync(state);
    expect(tried.startsWith(deviceNames(state).probe(String(process.pid)))).toBe(true);
  });

  it("of a process that was killed is swept, of one that runs is left alone", async () => {
    const state = path.join(world.directory, "state");
    mkdirSync(state);
    const { probe } = deviceNames(state);
    const ops = world.interposed(async (method, [first]) => {
      if (method !== "remove" || !String(first).includes("-probe-")) return;
      // Killed before it could take anything away.
      throw new Error("dead");
    });
    const killed = new DmSnapshotDriver(ops, state, new KeyedLocks());
    await expect(killed.available(state)).resolves.toMatchObject({ ok: false });
    const [mine = ""] = readdirSync(state);
    expect(mine.startsWith(`.${probe("")}`)).toBe(true);
    const gone = [`.${probe(`${process.pid}-1-ab`)}`, `.${probe("4194305-7-cd")}`, `.${probe("4711abcd")}`];
    for (const name of gone) writeFileSync(path.join(state, name), "");
    for (const name of gone) writeFileSync(path.join(world.directory, name), "");
    const table = [{ type: "zero", lengthSectors: 8n } as const];
    await world.fake.dm.create({ name: probe(`${process.pid}-1-ab`), table, readOnly: true });
    const before = world.left().length;
    await new DmSnapshotDriver(world.fake, state, new KeyedLocks()).sweep(new Set());
    expect(world.left()).toHaveLength(before - 1);
    expect(world.left().every((name) => name.startsWith(mine.slice(1)))).toBe(true);
    expect(readdirSync(state)).toEqual([mine]);
    expect(readdirSync(world.directory).sort()).toEqual(["rootfs.ext4", "state"]);
  });

  it("says what the kernel lacks", async () => {
    const poor = world.driverOver(openFakeHostOps({ deviceMapper: false }));
    expect(await poor.available(world.directory)).toEqual({
      ok: false,
      reason: "the fake has no device-mapper",
    });
    await poor.detach({ vmId: "a", imageId });
    await poor.sweep(new Set());
  });
});
