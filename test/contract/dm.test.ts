import { describe, expect, it } from "vitest";
import type { DmTarget } from "../../src/host/host-ops.ts";
import { PREFIX, SECTORS, useDm, zero } from "./support/dm.ts";
import { expectHostError } from "./support/errors.ts";
import { hosts } from "./support/hosts.ts";

describe.each(hosts)("dm ($name)", ({ open }) => {
  const { host, loop, snapshot, unsupported } = useDm(open);

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
