import { execFileSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { HostOps } from "../../../src/host/host-ops.ts";
import { openLinuxHostOps } from "../../../src/host/linux/index.ts";
import { CopyDriver } from "../../../src/storage/root-disks.ts";
import { SpareCopies } from "../../../src/storage/spare-copy.ts";

const UID = 700_125;
const DATA = Buffer.alloc(65536, "image");
let host: HostOps;
let directory: string;
let images: string;
let vms: string;
let rootfs: string;
let warned: unknown[];

beforeAll(async () => {
  host = openLinuxHostOps();
  directory = await mkdtemp(path.join(tmpdir(), "bgr-spare-"));
});

afterAll(async () => {
  await rm(directory, { recursive: true });
  await host.close();
});

beforeEach(async (context) => {
  images = path.join(directory, context.task.id, "images");
  vms = path.join(directory, context.task.id, "vms");
  for (const each of [images, vms]) await mkdir(each, { recursive: true });
  rootfs = path.join(images, "rootfs.ext4");
  await writeFile(rootfs, DATA);
  warned = [];
});

function spares(): SpareCopies {
  return new SpareCopies({ clone: host.clone, logger: { warn: (what) => warned.push(what) }, delayMs: 0 });
}

function create(driver: CopyDriver, name: string) {
  const target = path.join(vms, name);
  return driver
    .create({ rootfs, target, overlaySizeBytes: 4096, uid: UID, gid: UID })
    .then(() => stat(target));
}

describe("a spare copy (DSK-2)", () => {
  it("is made after a create, and is the next one's disk", async () => {
    const driver = new CopyDriver(host, spares());
    await driver.prepareNext({ rootfs });
    expect(await readdir(images)).toEqual(["rootfs.ext4", "rootfs.ext4.spare"]);
    const { ino } = await stat(`${rootfs}.spare`);
    const { blocks } = await stat(rootfs);
    expect(await driver.spaceNeeded({ rootfs })).toBe(blocks * 512);

    const taken = await create(driver, "a");
    expect([taken.ino, taken.uid, taken.mode & 0o777, taken.size]).toEqual([
      ino,
      UID,
      0o600,
      DATA.length + 4096,
    ]);
    expect((await readFile(path.join(vms, "a"))).subarray(0, DATA.length).equals(DATA)).toBe(true);
    expect([await readdir(images), await readdir(vms)]).toEqual([["rootfs.ext4"], ["a"]]);
    expect(await driver.spaceNeeded({ rootfs })).toBeGreaterThan(0);
  });

  it("is taken by one of many at once; the others copy", async () => {
    const driver = new CopyDriver(host, spares());
    await driver.prepareNext({ rootfs });
    const made = await Promise.all(["a", "b", "c", "d"].map((name) => create(driver, name)));
    expect(new Set(made.map(({ ino }) => ino)).size).toBe(4);
    for (const { nlink, size } of made) expect([nlink, size]).toEqual([1, DATA.length + 4096]);
  });

  it("never replaces what is there already", async () => {
    const driver = new CopyDriver(host, spares());
    await driver.prepareNext({ rootfs });
    await writeFile(path.join(vms, "mine"), "mine");
    await expect(create(driver, "mine")).rejects.toMatchObject({ code: "ERR_HOST_EXISTS" });
    expect(await readFile(path.join(vms, "mine"), "utf8")).toBe("mine");
    expect(await readdir(vms)).toEqual(["mine"]);
  });

  it("is made once, over what a killed daemon left of one", async () => {
    await writeFile(`${rootfs}.spare.part`, "half");
    const all = spares();
    await Promise.all([all.prepare(rootfs), all.prepare(rootfs)]);
    await all.prepare(rootfs);
    expect(await readdir(images)).toEqual(["rootfs.ext4", "rootfs.ext4.spare"]);
    expect((await readFile(`${rootfs}.spare`)).equals(DATA)).toBe(true);
    expect(warned).toEqual([]);
  });

  it("is not made where room is scarce, or the image is gone", async () => {
    const small = path.join(images, "small");
    await mkdir(small);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=64m", "tmpfs", small]);
    try {
      const there = path.join(small, "rootfs.ext4");
      await writeFile(there, DATA);
      await spares().prepare(there);
      expect([await readdir(small), warned]).toEqual([["rootfs.ext4"], []]);
    } finally {
      execFileSync("umount", [small]);
    }
    await rm(rootfs);
    await spares().prepare(rootfs);
    expect(warned).toHaveLength(1);
  });
});
