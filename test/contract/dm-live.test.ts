import { describe, expect, it } from "vitest";
import type { DmTarget } from "../../src/host/host-ops.ts";
import { PREFIX, SECTORS, useDm, zero } from "./support/dm.ts";
import { expectHostError } from "./support/errors.ts";
import { hosts } from "./support/hosts.ts";

describe.each(hosts)("dm while it is there ($name)", ({ open }) => {
  const { host, snapshot, unsupported } = useDm(open);

  it("tells its table as it was given, devices by number", async () => {
    if (await unsupported()) return;
    const { base, top, origin, cow } = await snapshot();
    const number = async (path: string) => `7:${(await host.loop.status(path))?.index}`;
    expect(await host.dm.table(base.name)).toEqual([
      { type: "linear", lengthSectors: SECTORS, device: await number(origin), startSector: 0n },
      zero(2n ** 20n),
    ]);
    const table = await host.dm.table(top.name);
    const changes = { origin: base.number, cow: await number(cow), persistent: true, chunkSectors: 8 };
    expect(table).toEqual([{ type: "snapshot", lengthSectors: 8n * SECTORS, ...changes }]);
    expect(await host.dm.table(`${PREFIX}none`)).toBeNull();
    const other: DmTarget[] = [
      { type: "error", lengthSectors: 8n },
      { type: "snapshot-origin", lengthSectors: SECTORS, origin: base.number },
    ];
    const { name } = await host.dm.create({ name: `${PREFIX}o`, table: other, readOnly: true });
    expect(await host.dm.table(name)).toEqual(other);
  });

  it("renames: the device and its uuid stay, the name is another's no more", async () => {
    if (await unsupported()) return;
    const made = await host.dm.create({ name: `${PREFIX}a`, table: [zero(1n)], readOnly: true });
    await host.dm.create({ name: `${PREFIX}b`, table: [zero(1n)], readOnly: true });
    await expectHostError(host.dm.rename(made.name, `${PREFIX}b`), "ERR_HOST_EXISTS", "EBUSY");
    await expectHostError(host.dm.rename(`${PREFIX}none`, `${PREFIX}c`), "ERR_HOST_NOT_FOUND", "ENXIO");
    await expectHostError(host.dm.rename(made.name, "a/b"), "ERR_HOST_INVALID");
    await expectHostError(host.dm.rename(made.name, "n".repeat(128)), "ERR_HOST_INVALID", "ENAMETOOLONG");
    await host.dm.rename(made.name, `${PREFIX}c`);
    expect(await host.dm.status(made.name)).toBeNull();
    expect(await host.dm.status(`${PREFIX}c`)).toMatchObject({ uuid: made.uuid, number: made.number });
    expect((await host.dm.list(PREFIX)).map(({ name }) => name).sort()).toEqual([`${PREFIX}b`, `${PREFIX}c`]);
  });

  it("says which versions it has", async () => {
    if (await unsupported()) return void (await expectHostError(host.dm.versions(), "ERR_HOST_UNSUPPORTED"));
    const { interface: own, targets } = await host.dm.versions();
    expect(own[0]).toBe(4);
    expect(targets.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["linear", "zero", "error", "snapshot", "snapshot-origin"]),
    );
    for (const { version } of targets) expect(version).toHaveLength(3);
  });

  it("waits for an event until there is one, the device goes, or nobody wants it any more", async () => {
    if (await unsupported()) {
      return void (await expectHostError(host.dm.waitEvent(`${PREFIX}a`), "ERR_HOST_UNSUPPORTED"));
    }
    await expectHostError(host.dm.waitEvent(`${PREFIX}none`), "ERR_HOST_NOT_FOUND", "ENXIO");
    const made = await host.dm.create({ name: `${PREFIX}a`, table: [zero(1n)], readOnly: true });
    // It has had other events than the caller knows of: no wait at all.
    expect(await host.dm.waitEvent(made.name, { after: made.eventNumber + 7 })).toEqual(made);
    const stop = new AbortController();
    const gone = [0, 1, 2].map(() =>
      expectHostError(
        host.dm.waitEvent(made.name, { after: made.eventNumber }),
        "ERR_HOST_NOT_FOUND",
        "ENXIO",
      ),
    );
    const aborted = expect(host.dm.waitEvent(made.name, { signal: stop.signal })).rejects.toThrow("enough");
    // Any device's event wakes all who wait.
    await host.dm.create({ name: `${PREFIX}b`, table: [zero(1n)], readOnly: true });
    stop.abort(new Error("enough"));
    await aborted;
    await expect(host.dm.waitEvent(made.name, { signal: stop.signal })).rejects.toThrow("enough");
    expect(await Promise.race([...gone, host.dm.status(`${PREFIX}b`)])).toMatchObject({ name: `${PREFIX}b` });
    await host.dm.remove(made.name);
    await Promise.all(gone);
  });

  it("knows a device that took the place of another, also where it has its name, its uuid and its number", async () => {
    if (await unsupported()) return;
    const spec = { name: `${PREFIX}a`, table: [zero(1n)], readOnly: true };
    let made = await host.dm.create(spec);
    for (let round = 0; round < 20; round += 1) {
      const gone = expectHostError(host.dm.waitEvent(made.name), "ERR_HOST_NOT_FOUND", "ENXIO");
      // What is waited for has been looked at when the event of another device has been told.
      const other = await host.dm.create({ name: `${PREFIX}b`, table: [zero(1n)], readOnly: true });
      const seen = expectHostError(host.dm.waitEvent(other.name), "ERR_HOST_NOT_FOUND", "ENXIO");
      await host.dm.remove(other.name);
      await seen;
      const removed = host.dm.remove(made.name);
      // It may come too early, and say so before the other is over.
      const next = host.dm.create(spec).catch(() => null);
      await removed;
      made = (await next) ?? (await host.dm.create(spec));
      await gone;
    }
  });

  it("notices a deferred removal, and is over when its HostOps is closed", async () => {
    if (await unsupported()) return;
    const { base, top } = await snapshot();
    expect(await host.dm.remove(base.name, { deferred: true })).toBe("deferred");
    const gone = expectHostError(host.dm.waitEvent(base.name), "ERR_HOST_NOT_FOUND", "ENXIO");
    await host.dm.remove(top.name);
    await gone;
    const other = open();
    const { name } = await other.dm.create({ name: `${PREFIX}a`, table: [zero(1n)], readOnly: true });
    const ended = expectHostError(other.dm.waitEvent(name), "ERR_HOST_CLOSED", "ECANCELED");
    await other.close();
    await ended;
    await expectHostError(other.dm.waitEvent(name), "ERR_HOST_CLOSED", "ECANCELED");
  });
});
