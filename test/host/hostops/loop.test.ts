import { execFileSync } from "node:child_process";
import {
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  readSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import path from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { expectHostError } from "../../contract/support/errors.ts";
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

  it("is what losetup says of it", async () => {
    const file = backing();
    const spec = { backingFile: file, readOnly: true, name: NAME };
    const info = await host.loop.attach({
      ...spec,
      offsetBytes: 4096n,
      sizeLimitBytes: 8192n,
      blockSize: 4096,
    });
    const plain = await host.loop.attach({ ...spec, readOnly: false, autoclear: true, directIo: true });
    const columns = "NAME,SIZELIMIT,OFFSET,AUTOCLEAR,RO,DIO,LOG-SEC,BACK-INO,BACK-FILE";
    const said = JSON.parse(execFileSync("losetup", ["-J", "-l", "-O", columns], { encoding: "utf8" })) as {
      loopdevices: { name: string }[];
    };
    for (const each of [info, plain]) {
      expect(said.loopdevices.find(({ name }) => name === each.device)).toEqual({
        name: each.device,
        sizelimit: Number(each.sizeLimitBytes),
        offset: Number(each.offsetBytes),
        autoclear: each.autoclear,
        ro: each.readOnly,
        dio: each.directIo,
        "log-sec": each.blockSize,
        "back-ino": Number(each.backingInode),
        "back-file": file,
      });
      const size = execFileSync("blockdev", ["--getsize64", each.device], { encoding: "utf8" });
      expect(BigInt(size)).toBe(each.sizeBytes);
    }
  });

  it("does no direct I/O where the filesystem cannot, and says so", async () => {
    const directory = scratch.path("ramfs");
    mkdirSync(directory);
    execFileSync("mount", ["-t", "ramfs", "ramfs", directory]);
    try {
      const backingFile = path.join(directory, "disk");
      writeFileSync(backingFile, Buffer.alloc(MIB));
      const spec = { backingFile, readOnly: false, name: NAME };
      await expectHostError(host.loop.attach({ ...spec, directIo: true }), "ERR_HOST_UNSUPPORTED");
      expect(await host.loop.list(NAME)).toEqual([]);
      const info = await host.loop.attach(spec);
      await expectHostError(host.loop.setDirectIo(info.device, true), "ERR_HOST_UNSUPPORTED", "EINVAL");
      await host.loop.detach(info.device);
    } finally {
      execFileSync("umount", [directory]);
    }
  });

  it("is not made writable over what is read-only: no silent read-only device", async () => {
    const directory = scratch.path("ro");
    mkdirSync(directory);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=2m", "tmpfs", directory]);
    try {
      const backingFile = path.join(directory, "disk");
      writeFileSync(backingFile, Buffer.alloc(MIB));
      execFileSync("mount", ["-o", "remount,ro", directory]);
      const spec = { backingFile, readOnly: false, name: NAME };
      await expectHostError(host.loop.attach(spec), "ERR_HOST_PERMISSION", "EROFS");
      const info = await host.loop.attach({ ...spec, readOnly: true });
      expect(info.readOnly).toBe(true);
      await host.loop.detach(info.device);
    } finally {
      execFileSync("umount", [directory]);
    }
  });
});
