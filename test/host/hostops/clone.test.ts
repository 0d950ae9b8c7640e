import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statfsSync,
  statSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { expectHostError } from "../../contract/support/errors.ts";
import { openReal } from "../../contract/support/hosts.ts";
import { useScratch } from "../../contract/support/scratch.ts";

const MIB = 1024 * 1024;

describe("clone on real filesystems", () => {
  const host = openReal();
  const scratch = useScratch();
  const mounted: string[] = [];
  afterEach(() => {
    for (const directory of mounted.splice(0)) execFileSync("umount", [directory]);
  });
  afterAll(() => host.close());

  function mount(...args: string[]): string {
    const directory = scratch.path(`mount${mounted.length}`);
    mkdirSync(directory);
    execFileSync("mount", [...args, directory]);
    mounted.push(directory);
    return directory;
  }

  function xfs(): string {
    const image = scratch.path("xfs.img");
    writeFileSync(image, "");
    truncateSync(image, 400 * MIB);
    execFileSync("mkfs.xfs", ["-q", image]);
    return mount("-o", "loop", image);
  }

  it("shares extents on XFS", async () => {
    const directory = xfs();
    const source = path.join(directory, "source");
    writeFileSync(source, randomBytes(32 * MIB));
    execFileSync("sync", ["-f", directory]);
    expect(await host.clone.canReflink(directory)).toBe(true);
    expect(readdirSync(directory)).toEqual(["source"]);
    const free = statfsSync(directory).bavail;
    const clone = path.join(directory, "clone");
    expect(await host.clone.reflink(source, clone)).toMatchObject({
      method: "reflink",
      dataBytes: BigInt(32 * MIB),
    });
    execFileSync("sync", ["-f", directory]);
    expect((free - statfsSync(directory).bavail) * statfsSync(directory).bsize).toBeLessThan(2 * MIB);
    expect(readFileSync(clone).equals(readFileSync(source))).toBe(true);
    await expectHostError(host.clone.reflink(source, clone), "ERR_HOST_EXISTS", "EEXIST");
  });

  it("copies between filesystems of different types", async () => {
    const directory = mount("-t", "tmpfs", "-o", "size=16m", "tmpfs");
    writeFileSync(scratch.path("source"), randomBytes(3 * MIB + 17));
    const target = path.join(directory, "target");
    expect((await host.clone.copy(scratch.path("source"), target)).dataBytes).toBe(BigInt(3 * MIB + 17));
    expect(readFileSync(target).equals(readFileSync(scratch.path("source")))).toBe(true);
    await expectHostError(
      host.clone.reflink(scratch.path("source"), path.join(directory, "t")),
      "ERR_HOST_UNSUPPORTED",
    );
    expect(readdirSync(directory)).toEqual(["target"]);
  });

  it("fails, and leaves nothing, when the source becomes shorter meanwhile", async () => {
    const source = scratch.path("source");
    for (const left of [20, 8]) {
      writeFileSync(source, Buffer.alloc(40 * MIB, "a"));
      const onProgress = () => truncateSync(source, left * MIB);
      const error = await host.clone.copy(source, scratch.path("target"), { onProgress }).catch((e) => e);
      expect(error).toMatchObject({ errnoCode: "EIO", object: source });
      expect(error.message).toContain("became shorter while it was copied");
    }
    expect(readdirSync(scratch.path("."))).toEqual(["source"]);
  });

  it("copies what the source had when it began, also when that grows meanwhile", async () => {
    const source = scratch.path("source");
    writeFileSync(source, Buffer.alloc(20 * MIB, "a"));
    truncateSync(source, 30 * MIB);
    const seen: number[] = [];
    const onProgress = ({ dataBytes }: { dataBytes: bigint }) => {
      seen.push(Number(dataBytes));
      truncateSync(source, 40 * MIB);
      writeFileSync(source, "later", { flag: "a" });
    };
    await host.clone.copy(source, scratch.path("target"), { onProgress });
    expect(statSync(scratch.path("target")).size).toBe(30 * MIB);
    expect(seen.at(-1)).toBe(20 * MIB);
  });

  it.each(["tmpfs", "ext4"])("leaves nothing on a full %s", async (type) => {
    let directory: string;
    if (type === "tmpfs") {
      directory = mount("-t", "tmpfs", "-o", "size=2m", "tmpfs");
    } else {
      const image = scratch.path("ext4.img");
      writeFileSync(image, "");
      truncateSync(image, 8 * MIB);
      execFileSync("mkfs.ext4", ["-q", image]);
      directory = mount("-o", "loop", image);
    }
    const free = statfsSync(directory).bavail;
    writeFileSync(scratch.path("source"), randomBytes(16 * MIB));
    const target = path.join(directory, "target");
    await expectHostError(host.clone.copy(scratch.path("source"), target), "ERR_HOST_NO_SPACE", "ENOSPC");
    expect(existsSync(target)).toBe(false);
    expect(statfsSync(directory).bavail).toBe(free);
  });
});
