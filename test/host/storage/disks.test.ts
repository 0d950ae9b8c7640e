import { execFileSync } from "node:child_process";
import { chown, mkdir, mkdtemp, open, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { HostOps } from "../../../src/host/host-ops.ts";
import { openLinuxHostOps } from "../../../src/host/linux/index.ts";
import { pickStorage } from "../../../src/storage/pick-storage.ts";
import { CopyDriver, ReflinkDriver } from "../../../src/storage/root-disks.ts";
import { SpareCopies } from "../../../src/storage/spare-copy.ts";
import { WorkDiskMaker } from "../../../src/storage/work-disks.ts";

const UID = 700_124;
const MIB = 2 ** 20;
let host: HostOps;
let directory: string;
/** tmpfs: no reflink; and one that is too small. */
let plain: string;
let tiny: string;
/** XFS on a loop device, or null where there is no mkfs.xfs. */
let xfs: string | null;

beforeAll(async () => {
  host = openLinuxHostOps();
  directory = await mkdtemp(path.join(tmpdir(), "bgr-disks-"));
  const mount = async (name: string, ...args: string[]) => {
    const target = path.join(directory, name);
    await mkdir(target);
    execFileSync("mount", [...args, target]);
    return target;
  };
  plain = await mount("plain", "-t", "tmpfs", "tmpfs");
  tiny = await mount("tiny", "-t", "tmpfs", "-o", "size=1m", "tmpfs");
  xfs = await makeXfs().then((image) => (image === null ? null : mount("xfs", "-o", "loop", image)));
});

afterAll(async () => {
  for (const target of [plain, tiny, xfs]) if (target !== null) execFileSync("umount", [target]);
  await rm(directory, { recursive: true });
  await host.close();
});

async function makeXfs(): Promise<string | null> {
  const image = path.join(directory, "xfs.img");
  const file = await open(image, "w");
  await file.truncate(400 * MIB);
  await file.close();
  try {
    execFileSync("mkfs.xfs", ["-q", image], { stdio: "pipe" });
    return image;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return null;
  }
}

const copyDriver = (ops: HostOps, delayMs = 0) =>
  new CopyDriver(ops, new SpareCopies({ clone: ops.clone, logger: { warn: () => undefined }, delayMs }));

/** 8 MiB with data at both ends and a hole between. */
async function source(where: string): Promise<string> {
  const name = path.join(where, "source.img");
  const file = await open(name, "w");
  await file.write(Buffer.alloc(MIB, "a"), 0, MIB, 0);
  await file.write(Buffer.alloc(MIB, "b"), 0, MIB, 7 * MIB);
  await file.sync();
  await file.close();
  await chown(name, 0, 0);
  return name;
}

describe.each([
  { name: "copy on tmpfs", where: () => plain, make: (ops: HostOps) => copyDriver(ops) },
  { name: "copy on XFS", where: () => xfs, make: (ops: HostOps) => copyDriver(ops) },
  { name: "reflink on XFS", where: () => xfs, make: (ops: HostOps) => new ReflinkDriver(ops) },
])("$name", ({ where, make }) => {
  it("makes a disk with the image's data, its holes, and room (DSK-2)", async (context) => {
    const place = where();
    if (place === null) context.skip("mkfs.xfs is not installed (xfsprogs)");
    const rootfs = await source(place as string);
    const target = path.join(place as string, "root.img");
    await make(host).create({ rootfs, target, overlaySizeBytes: 100 * MIB, uid: UID, gid: UID });
    const made = await stat(target);
    expect([made.size, made.uid, made.gid, made.mode & 0o777]).toEqual([108 * MIB, UID, UID, 0o600]);
    expect(made.blocks * 512).toBeLessThan(4 * MIB);
    const bytes = await readFile(target);
    const expected = await readFile(rootfs);
    expect(bytes.subarray(0, expected.length).equals(expected)).toBe(true);
    const room = bytes.subarray(expected.length);
    expect(room.equals(Buffer.alloc(room.length))).toBe(true);
    await rm(target);
  });

  it("writes to the disk and not to the image", async (context) => {
    const place = where();
    if (place === null) context.skip("mkfs.xfs is not installed (xfsprogs)");
    const rootfs = await source(place as string);
    const before = await readFile(rootfs);
    const target = path.join(place as string, "root.img");
    await make(host).create({ rootfs, target, overlaySizeBytes: MIB, uid: UID, gid: UID });
    const disk = await open(target, "r+");
    await disk.write(Buffer.alloc(4096, "z"), 0, 4096, 0);
    await disk.close();
    expect((await readFile(rootfs)).equals(before)).toBe(true);
    await rm(target);
  });
});

describe("a work disk", () => {
  it("is its seed, grown, by a copy where blocks cannot be shared (DSK-4)", async () => {
    for (const place of [plain, xfs].filter((each) => each !== null)) {
      const seed = await source(place);
      const target = path.join(place, "work.img");
      await new WorkDiskMaker(host).create({ seed, target, sizeBytes: 64 * MIB, uid: UID, gid: UID });
      const made = await stat(target);
      expect([made.size, made.uid, made.mode & 0o777]).toEqual([64 * MIB, UID, 0o600]);
      expect(made.blocks * 512).toBeLessThan(4 * MIB);
      await rm(target);
    }
  });

  it("is never smaller than its seed", async () => {
    const seed = await source(plain);
    const target = path.join(plain, "work.img");
    await new WorkDiskMaker(host).create({ seed, target, sizeBytes: 1, uid: UID, gid: UID });
    expect((await stat(target)).size).toBe(8 * MIB);
    await rm(target);
  });
});

describe("a full disk", () => {
  it("is ERR_NO_SPACE with what, where and how much, and leaves nothing", async () => {
    const rootfs = await source(plain);
    const disk = { target: path.join(tiny, "disk.img"), uid: UID, gid: UID };
    const full = {
      code: "ERR_NO_SPACE",
      message: expect.stringMatching(/2M.*free/),
      next: expect.any(String),
    };
    const copy = copyDriver(host).create({ ...disk, rootfs, overlaySizeBytes: 1 });
    await expect(copy).rejects.toMatchObject(full);
    const work = new WorkDiskMaker(host).create({ ...disk, seed: rootfs, sizeBytes: 9 * MIB });
    await expect(work).rejects.toMatchObject(full);
    expect(await readdir(tiny)).toEqual([]);
  });

  it("never takes a file that is there already for its own", async () => {
    const rootfs = await source(plain);
    const target = path.join(plain, "mine.img");
    await writeFile(target, "mine");
    const copy = copyDriver(host).create({ rootfs, target, overlaySizeBytes: 1, uid: UID, gid: UID });
    await expect(copy).rejects.toMatchObject({ code: "ERR_HOST_EXISTS" });
    expect(await readFile(target, "utf8")).toBe("mine");
    await rm(target);
  });
});

describe("storage = auto", () => {
  it("takes reflink where it works, tried, else copy", async () => {
    const drivers = new Map(
      [new ReflinkDriver(host), copyDriver(host)].map((driver) => [driver.kind, driver] as const),
    );
    expect((await pickStorage("auto", plain, drivers, { overlay: true })).kind).toBe("copy");
    if (xfs !== null)
      expect((await pickStorage("auto", xfs, drivers, { overlay: true })).kind).toBe("reflink");
    expect(await readdir(tiny)).toEqual([]);
  });
});
