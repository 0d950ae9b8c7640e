import { execFileSync } from "node:child_process";
import { closeSync, fsyncSync, openSync, readSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openHostOps } from "../../../src/host/facade.ts";
import type { DmInfo, DmTarget } from "../../../src/host/host-ops.ts";
import { openLinuxHostOps } from "../../../src/host/linux/index.ts";
import { expectHostError } from "../../contract/support/errors.ts";
import { useScratch } from "../../contract/support/scratch.ts";

const PREFIX = "bgr-hostops-";
const MIB = 1024 * 1024;
const SECTORS = 2048n;

/** Needs the kernel's device-mapper, so the lab where this host has none. */
describe("device-mapper devices, used", () => {
  const host = openLinuxHostOps();
  const scratch = useScratch();
  let why: string | null = null;
  beforeAll(async () => {
    const { ok, reason } = await host.dm.available();
    why = ok ? null : reason;
  });
  beforeEach((context) => {
    if (why !== null) context.skip(why);
  });
  afterEach(async () => {
    for (const { name } of await host.dm.list(PREFIX)) await host.dm.remove(name, { deferred: true });
    for (const { device } of await host.loop.list(PREFIX)) await host.loop.detach(device);
  });
  afterAll(() => host.close());

  async function loop(name: string, mebibytes: number): Promise<string> {
    const backingFile = scratch.path(name);
    writeFileSync(backingFile, "");
    truncateSync(backingFile, mebibytes * MIB);
    return (await host.loop.attach({ backingFile, readOnly: false, name: `${PREFIX}${name}` })).device;
  }

  async function snapshot(persistent: boolean): Promise<DmInfo> {
    const [origin, cow] = [await loop("origin", 8), await loop("cow", 1)];
    const changes = { origin, cow, persistent, chunkSectors: 8 };
    const table: DmTarget[] = [{ type: "snapshot", lengthSectors: 8n * SECTORS, ...changes }];
    return host.dm.create({ name: `${PREFIX}top`, table, readOnly: false });
  }

  /** More than the COW device holds; whether the kernel says so at once or at the fsync is its own affair. */
  function fill({ device }: DmInfo): void {
    const fd = openSync(device, "r+");
    try {
      writeSync(fd, Buffer.alloc(4 * MIB, "b"));
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
  }

  function firstByte({ device }: DmInfo): string {
    // Past the page cache: what the device itself says.
    execFileSync("blockdev", ["--flushbufs", device]);
    const fd = openSync(device, "r");
    try {
      const byte = Buffer.alloc(1);
      readSync(fd, byte, 0, 1, 6 * MIB);
      return byte.toString();
    } finally {
      closeSync(fd);
    }
  }

  it("a full transient snapshot is invalid for ever, and that is an event", async () => {
    const top = await snapshot(false);
    const event = host.dm.waitEvent(top.name);
    expect(() => fill(top)).toThrow(/EIO/);
    expect(await event).toMatchObject({ name: top.name, number: top.number });
    expect((await event).eventNumber).not.toBe(top.eventNumber);
    const status = await host.dm.status(top.name);
    expect(status?.targets).toMatchObject([{ invalid: true, overflow: false, fill: null }]);
    expect(() => firstByte(top)).toThrow(/EIO/);
    // It has been: who asks later does not wait.
    expect(await host.dm.waitEvent(top.name, { after: top.eventNumber })).toMatchObject({ name: top.name });
  });

  it("a full persistent snapshot fails its writes, and is still read", async () => {
    const top = await snapshot(true);
    expect(() => fill(top)).toThrow(/EIO|ENOSPC/);
    const [target] = (await host.dm.status(top.name))?.targets ?? [];
    expect(target).toMatchObject({ type: "snapshot", overflow: true, invalid: false });
    expect(firstByte(top)).toBe("\0");
  });

  it("one that is open is busy, or goes with its last user", async () => {
    const table: DmTarget[] = [{ type: "zero", lengthSectors: SECTORS }];
    const { name, device } = await host.dm.create({ name: `${PREFIX}a`, table, readOnly: true });
    const fd = openSync(device, "r");
    await expectHostError(host.dm.remove(name), "ERR_HOST_BUSY", "EBUSY");
    const gone = expectHostError(host.dm.waitEvent(name), "ERR_HOST_NOT_FOUND", "ENXIO");
    expect(await host.dm.remove(name, { deferred: true })).toBe("deferred");
    closeSync(fd);
    await gone;
  });

  it("a snapshot that is larger than its origin does not fit", async () => {
    const changes = { origin: await loop("origin", 1), cow: await loop("cow", 8), persistent: true } as const;
    const table: DmTarget[] = [
      { type: "snapshot", lengthSectors: 8n * SECTORS, chunkSectors: 8, ...changes },
    ];
    const make = host.dm.create({ name: `${PREFIX}top`, table, readOnly: false });
    await expectHostError(make, "ERR_HOST_INVALID", "EINVAL");
    expect(await host.dm.list(PREFIX)).toEqual([]);
  });

  it("is what dmsetup says of it", async () => {
    const dmsetup = (...args: string[]) => execFileSync("dmsetup", args, { encoding: "utf8" }).trim();
    const device = await loop("disk", 4);
    const table: DmTarget[] = [
      { type: "linear", lengthSectors: SECTORS, device, startSector: 8n },
      { type: "error", lengthSectors: 16n },
      { type: "zero", lengthSectors: SECTORS },
    ];
    await host.dm.create({ name: `${PREFIX}a`, table, readOnly: true });
    await host.dm.rename(`${PREFIX}a`, `${PREFIX}b`);
    const made = await host.dm.status(`${PREFIX}b`);
    const [linear] = (await host.dm.table(`${PREFIX}b`)) ?? [];
    const below = linear?.type === "linear" ? linear.device : "";
    expect(dmsetup("table", `${PREFIX}b`).split("\n")).toEqual(
      [`0 2048 linear ${below} 8`, "2048 16 error", "2064 2048 zero"].map((line) =>
        expect.stringMatching(new RegExp(`^${line} *$`)),
      ),
    );
    const columns = "name,uuid,major,minor,open,events,read_only,suspended";
    expect(dmsetup("info", "-c", "--noheadings", "--separator", " ", "-o", columns, `${PREFIX}b`)).toBe(
      `${PREFIX}b BANGER-${PREFIX}a ${made?.number.replace(":", " ")} 0 ${made?.eventNumber} Read-only Active`,
    );
    const { targets } = await host.dm.versions();
    const said = dmsetup("targets")
      .split("\n")
      .map((line) => line.split(/\s+v/));
    expect(targets.map(({ name, version }) => [name, version.join(".")]).sort()).toEqual(said.sort());
    // The other way round: what dmsetup makes, we read.
    execFileSync("dmsetup", [
      "create",
      `${PREFIX}c`,
      "--noudevsync",
      "--table",
      `0 8 striped 1 8 ${below} 0`,
    ]);
    expect(await host.dm.table(`${PREFIX}c`)).toEqual([
      { type: "other", target: "striped", lengthSectors: 8n, params: `1 8 ${below} 0` },
    ]);
    expect((await host.dm.list(PREFIX)).map(({ name }) => name).sort()).toEqual([`${PREFIX}b`, `${PREFIX}c`]);
  });

  it("objects of the library go at the end of their block", async () => {
    {
      const library = openHostOps(host);
      await using dm = await library.createDm({
        name: `${PREFIX}a`,
        table: [{ type: "zero", lengthSectors: SECTORS }],
        readOnly: true,
      });
      await dm.rename(`${PREFIX}b`);
      expect(await dm.status()).toMatchObject({ name: `${PREFIX}b` });
    }
    expect(await host.dm.list(PREFIX)).toEqual([]);
  });
});
