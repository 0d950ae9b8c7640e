import { execFileSync } from "node:child_process";
import { closeSync, openSync, readFileSync, readSync, truncateSync, writeFileSync, writeSync } from "node:fs";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { openReal } from "../../contract/support/hosts.ts";
import { useScratch } from "../../contract/support/scratch.ts";

const MIB = 1024 * 1024;
const NAME = "banger-hostops";

describe("loop devices, used", () => {
  const host = openReal();
  const scratch = useScratch();
  afterEach(async () => {
    for (const info of await host.loop.list(NAME)) await host.loop.detach(info.device);
  });
  afterAll(() => host.close());

  const sectors = (index: number) => Number(readFileSync(`/sys/block/loop${index}/size`, "utf8"));

  function backing(): string {
    const file = scratch.path("disk");
    writeFileSync(file, Buffer.alloc(4 * MIB, "a"));
    return file;
  }

  it("writes go through to the file, beyond the offset", async () => {
    const file = backing();
    const info = await host.loop.attach({
      backingFile: file,
      readOnly: false,
      name: NAME,
      offsetBytes: BigInt(MIB),
    });
    expect(sectors(info.index)).toBe((3 * MIB) / 512);
    const fd = openSync(info.device, "rs+");
    writeSync(fd, Buffer.alloc(4096, "b"), 0, 4096, 0);
    closeSync(fd);
    expect(
      readFileSync(file)
        .subarray(MIB - 1, MIB + 1)
        .toString(),
    ).toBe("ab");
  });

  it("read-only is read-only", async () => {
    const info = await host.loop.attach({ backingFile: backing(), readOnly: true, name: NAME });
    expect(readFileSync(`/sys/block/loop${info.index}/ro`, "utf8")).toBe("1\n");
    const fd = openSync(info.device, "r");
    const byte = Buffer.alloc(1);
    readSync(fd, byte, 0, 1, 0);
    closeSync(fd);
    expect(byte.toString()).toBe("a");
    expect(() => {
      const writable = openSync(info.device, "rs+");
      try {
        writeSync(writable, Buffer.alloc(4096), 0, 4096, 0);
      } finally {
        closeSync(writable);
      }
    }).toThrow(/EACCES|EPERM|EROFS/);
  });

  it("sees that its file has grown", async () => {
    const file = backing();
    const info = await host.loop.attach({ backingFile: file, readOnly: false, name: NAME });
    truncateSync(file, 8 * MIB);
    expect(sectors(info.index)).toBe((4 * MIB) / 512);
    await host.loop.refreshSize(info.device);
    expect(sectors(info.index)).toBe((8 * MIB) / 512);
  });

  it("one that is in use goes when its user closes it", async () => {
    const info = await host.loop.attach({ backingFile: backing(), readOnly: false, name: NAME });
    const fd = openSync(info.device, "r");
    await host.loop.detach(info.device);
    expect(await host.loop.status(info.device)).toMatchObject({ autoclear: true, name: NAME });
    closeSync(fd);
    // The last close is when the kernel clears it; udev's probing may hold it a moment longer.
    while ((await host.loop.status(info.device)) !== null) await new Promise((done) => setTimeout(done, 5));
    expect(await host.loop.list(NAME)).toEqual([]);
  });

  it("does direct I/O where the filesystem can", async () => {
    const info = await host.loop.attach({
      backingFile: backing(),
      readOnly: false,
      name: NAME,
      directIo: true,
    });
    expect(info.directIo).toBe(true);
    expect(execFileSync("cat", [`/sys/block/loop${info.index}/loop/dio`], { encoding: "utf8" })).toBe("1\n");
  });
});
