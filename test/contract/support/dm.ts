import { truncateSync, writeFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, expect } from "vitest";
import type { DmTarget, HostOps } from "../../../src/host/host-ops.ts";
import { expectHostError } from "./errors.ts";
import { useScratch } from "./scratch.ts";

export const PREFIX = "bgr-contract-";
export const SECTORS = 2048n;
const MIB = 1024 * 1024;

export const zero = (mebibytes: bigint): DmTarget => ({ type: "zero", lengthSectors: mebibytes * SECTORS });

/** A host whose devices and loops are gone after each test. Call inside `describe`. */
export function useDm(open: () => HostOps) {
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

  return { host, loop, snapshot, unsupported };
}
