import { statSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  CHUNK_BYTES,
  cowBytes,
  diskBytes,
  isMarkedInvalid,
} from "../../../../src/storage/dm-snapshot/cow-file.ts";
import { DiskWorld, MIB, writeHeader } from "./support/disk-world.ts";

const world = new DiskWorld();

describe("a COW file", () => {
  it("has room for every chunk of its disk and for their metadata", () => {
    for (const chunks of [1, 255, 256, 257, 511, 512, 513, 100_000, 2 ** 31]) {
      const bytes = cowBytes(chunks * CHUNK_BYTES);
      expect(diskBytes(bytes)).toBe(chunks * CHUNK_BYTES);
      // Header, areas with data, and the next area's metadata, which the kernel writes when one is full.
      expect(bytes / CHUNK_BYTES).toBe(1 + chunks + Math.ceil((chunks + 1) / 256));
    }
    for (let chunks = 0; chunks < 1_000; chunks += 1) {
      const disk = diskBytes(chunks * CHUNK_BYTES);
      if (disk > 0) expect(cowBytes(disk)).toBeLessThanOrEqual(chunks * CHUNK_BYTES);
    }
  });

  it("is a hole, root's alone, and never takes what is there for its own", async () => {
    const { file } = await world.vm("a");
    const made = statSync(file);
    expect([made.size, made.blocks, made.mode & 0o777]).toEqual([cowBytes(32 * MIB), 0, 0o600]);
    const again = world.driver.create({ rootfs: world.rootfs, target: file, overlaySizeBytes: MIB });
    await expect(again).rejects.toMatchObject({ code: "ERR_HOST_EXISTS" });
  });

  it("says whether the kernel gave it up", async () => {
    const { file } = await world.vm("a");
    expect(await isMarkedInvalid(file)).toBe(false);
    writeHeader(file, 1);
    expect(await isMarkedInvalid(file)).toBe(false);
    writeHeader(file, 0);
    expect(await isMarkedInvalid(file)).toBe(true);
  });
});
