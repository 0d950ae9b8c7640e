import { truncateSync, writeFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import type { DmTarget } from "../../src/host/host-ops.ts";
import { expectHostError } from "./support/errors.ts";
import { hosts } from "./support/hosts.ts";
import { useScratch } from "./support/scratch.ts";

const PREFIX = "bgr-contract-";
const MIB = 1024 * 1024;
const SECTORS = 2048n;

const zero = (mebibytes: bigint): DmTarget => ({ type: "zero", lengthSectors: mebibytes * SECTORS });

describe.each(hosts)("dm ($name)", ({ open }) => {
  const host = open();
  const scratch = useScratch();
  let works: { ok: boolean; reason: string };
  beforeAll(async () => {
    works = await host.dm.available();
  });
  afterEach(async () => {
    for (const { name } of await host.dm.list(PREFIX)) await host.dm.remove(name, { deferred: true });
    for (const { device } of await host.loop.list(PREFIX)) await host.loop.detach(device);
  });
  afterAll(() => host.close());

  async function loop(name: string, mebibytes: number, readOnly: boolean): Promise<string> {
    const backingFile = scratch.path(name);
    writeFileSync(backingFile, "");
    truncateSync(backingFile, mebibytes * MIB);
    return (await host.loop.attach({ backingFile, readOnly, name: `${PREFIX}${name}` })).device;
  }

  /** A snapshot over a base that is larger than its file, and both loops of it detached: only the tables hold them. */
  async function snapshot(cowMebibytes = 4) {
    const [origin, cow] = [await loop("origin", 1, true), await loop("cow", cowMebibytes, false)];
    const table: DmTarget[] = [
      { type: "linear", lengthSectors: SECTORS, device: origin, startSector: 0n },
      zero(2n ** 20n),
    ];
    const base = await host.dm.create({ name: `${PREFIX}base`, table, readOnly: true });
    const changes = { origin: base.number, cow, persistent: true, chunkSectors: 8 };
    const top = await host.dm.create({
      name: `${PREFIX}top`,
      table: [{ type: "snapshot", lengthSectors: 8n * SECTORS, ...changes }],
      readOnly: false,
    });
    for (const device of [origin, cow]) await host.loop.detach(device);
    return { base, top, origin, cow };
  }

  /** Every test says this where the kernel has none: making is refused with the reason, and there is nothing to see or release. */
  async function unsupported(): Promise<boolean> {
    if (works.ok) return false;
    expect(works.reason).toMatch(/no device-mapper/);
    const error = await expectHostError(
      host.dm.create({ name: `${PREFIX}a`, table: [zero(1n)], readOnly: true }),
      "ERR_HOST_UNSUPPORTED",
    );
    expect(error).toMatchObject({ syscall: "open", object: "/dev/mapper/control" });
    expect(await host.dm.list("")).toEqual([]);
    expect(await host.dm.status(`${PREFIX}a`)).toBeNull();
    expect(await host.dm.remove(`${PREFIX}a`)).toBe("removed");
    return true;
  }

  it("creates under a name and uuid, is found by it, and removes", async () => {
    if (await unsupported()) return;
    const made = await host.dm.create({ name: `${PREFIX}a`, table: [zero(1n), zero(2n)], readOnly: true });
    expect(made).toMatchObject({
      name: `${PREFIX}a`,
      uuid: `BANGER-${PREFIX}a`,
      openCount: 0,
      readOnly: true,
      suspended: false,
      deferredRemove: false,
    });
    expect(made.number).toMatch(/^\d+:\d+$/);
    expect(made.device).toBe(`/dev/dm-${made.number.split(":")[1]}`);
    expect(await host.dm.list(PREFIX)).toEqual([made]);
    expect(await host.dm.list(`${PREFIX}b`)).toEqual([]);
    expect(await host.dm.status(made.name)).toEqual({
      ...made,
      targets: [
        { type: "zero", lengthSectors: SECTORS, text: "" },
        { type: "zero", lengthSectors: 2n * SECTORS, text: "" },
      ],
    });
    expect(await host.dm.remove(made.name)).toBe("removed");
    expect(await host.dm.remove(made.name)).toBe("removed");
    expect(await host.dm.status(made.name)).toBeNull();
  });

  it("snapshots: fill, dependencies, and all goes with the top one", async () => {
    if (await unsupported()) return;
    const { base, top, cow } = await snapshot();
    expect((await host.dm.status(top.name))?.targets).toEqual([
      {
        type: "snapshot",
        lengthSectors: 8n * SECTORS,
        fill: { usedSectors: 16n, totalSectors: 4n * SECTORS, metadataSectors: 16n },
        invalid: false,
        overflow: false,
      },
    ]);
    const below = await host.dm.dependencies(top.name);
    expect(below).toContainEqual({ number: base.number, device: base.device });
    expect(below.map(({ device }) => device).sort()).toEqual([base.device, cow].sort());
    expect((await host.loop.list(PREFIX)).map((each) => each.autoclear)).toEqual([true, true]);
    await expectHostError(host.dm.remove(base.name), "ERR_HOST_BUSY", "EBUSY");
    expect(await host.dm.remove(base.name, { deferred: true })).toBe("deferred");
    expect(await host.dm.status(base.name)).toMatchObject({ openCount: 1, deferredRemove: true });
    expect(await host.dm.remove(top.name)).toBe("removed");
    // The kernel takes the base off on a worker of its own, and its loop after that.
    while ((await host.dm.status(base.name)) !== null) await new Promise((done) => setTimeout(done, 5));
    while ((await host.loop.list(PREFIX)).length > 0) await new Promise((done) => setTimeout(done, 5));
  });

  it("another table is in force from the resume on", async () => {
    if (await unsupported()) return;
    const { name } = await host.dm.create({ name: `${PREFIX}a`, table: [zero(1n)], readOnly: false });
    await host.dm.load(name, [{ type: "error", lengthSectors: SECTORS }], false);
    await host.dm.suspend(name);
    expect(await host.dm.status(name)).toMatchObject({ suspended: true, targets: [{ type: "zero" }] });
    await host.dm.resume(name);
    expect(await host.dm.status(name)).toMatchObject({ suspended: false, targets: [{ type: "error" }] });
  });

  it("a table that cannot be leaves no device", async () => {
    if (await unsupported()) return;
    const device = await loop("small", 1, true);
    const make = (target: DmTarget) =>
      host.dm.create({ name: `${PREFIX}a`, table: [target], readOnly: true });
    const linear = { type: "linear", lengthSectors: SECTORS, startSector: 0n } as const;
    await expectHostError(make({ ...linear, device: "/dev/none" }), "ERR_HOST_NOT_FOUND");
    await expectHostError(
      make({ ...linear, device, lengthSectors: 2n * SECTORS }),
      "ERR_HOST_INVALID",
      "EINVAL",
    );
    expect(await host.dm.list(PREFIX)).toEqual([]);
  });

  it("refuses what would be other arguments for the kernel, before it is asked", async () => {
    const good = { name: `${PREFIX}a`, table: [zero(1n)], readOnly: true };
    const linear = { type: "linear", lengthSectors: 1n, startSector: 0n, device: "7:0 0 rw" } as const;
    for (const spec of [
      { ...good, table: [] },
      { ...good, name: "a/b" },
      { ...good, name: "n".repeat(128) },
      { ...good, table: [zero(0n)] },
      { ...good, table: [linear] },
    ]) {
      await expectHostError(host.dm.create(spec), "ERR_HOST_INVALID");
    }
  });

  it("a name that is taken is ERR_HOST_EXISTS, and stays whose it is", async () => {
    if (await unsupported()) return;
    const first = await host.dm.create({ name: `${PREFIX}a`, table: [zero(1n)], readOnly: true });
    const again = { name: first.name, table: [zero(2n)], readOnly: true };
    await expectHostError(host.dm.create(again), "ERR_HOST_EXISTS", "EBUSY");
    expect(await host.dm.list(PREFIX)).toEqual([first]);
    await expectHostError(host.dm.dependencies(`${PREFIX}none`), "ERR_HOST_NOT_FOUND", "ENXIO");
    await expectHostError(host.dm.resume(`${PREFIX}none`), "ERR_HOST_NOT_FOUND", "ENXIO");
  });
});
