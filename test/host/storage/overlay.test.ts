import { execFileSync } from "node:child_process";
import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { HostOps } from "../../../src/host/host-ops.ts";
import { openLinuxHostOps } from "../../../src/host/linux/index.ts";
import { UpperSeed } from "../../../src/images/upper-seed.ts";
import { OverlayDriver } from "../../../src/storage/overlay-driver.ts";

const UID = 700_125;
const MIB = 2 ** 20;
let host: HostOps;
let directory: string;
let seeds: UpperSeed;

beforeAll(async () => {
  host = openLinuxHostOps();
  directory = await mkdtemp(path.join(tmpdir(), "bgr-overlay-"));
  seeds = new UpperSeed(directory, path.join(directory, "log"));
});

afterAll(async () => {
  await rm(directory, { recursive: true });
  await host.close();
});

const file = (name: string) => path.join(directory, name);
const fsck = (disk: string) => execFileSync("e2fsck", ["-fn", disk], { stdio: "pipe" }).toString();

describe("the seed of upper disks", () => {
  it("is made once, for all that ask at once, and is a sound, all but empty ext4", async () => {
    const [one, two] = await Promise.all([seeds.get(), seeds.get()]);
    expect(one).toBe(two);
    const made = await stat(one);
    expect(made.blocks * 512).toBeLessThan(4 * MIB);
    expect(fsck(one)).toContain("11/");
    expect(await seeds.get()).toBe(one);
    expect((await stat(one)).ino).toBe(made.ino);
    expect((await readdir(directory)).filter((name) => name.includes("staging"))).toEqual([]);
  });

  it("is made again where it was removed", async () => {
    await rm(await seeds.get());
    expect((await stat(await seeds.get())).isFile()).toBe(true);
  });

  it("leaves nothing when it cannot be made", async () => {
    const nowhere = path.join(directory, "log", "below-a-file");
    await expect(new UpperSeed(nowhere, file("log")).get()).rejects.toMatchObject({ code: "ENOTDIR" });
    expect((await readdir(directory)).filter((name) => name.includes("staging"))).toEqual([]);
  });
});

describe("an overlay's disks (DSK-2)", () => {
  const make = () => new OverlayDriver(host, () => seeds.get());
  const of = (rootfs: string, own: string) => ({
    vmId: "v",
    imageId: "i",
    rootfs,
    file: own,
    uid: UID,
    gid: UID,
  });

  it("are the image's own file, read-only, and a small one of the VM's", async () => {
    const rootfs = file("rootfs.ext4");
    await writeFile(rootfs, "image");
    // As images were made before overlays were there; nobody but root enters the directory that they lie in.
    await chmod(rootfs, 0o600);
    const target = file("root.img");
    const driver = make();
    await driver.create({ target, overlaySizeBytes: 700 * MIB, uid: UID, gid: UID });
    const made = await stat(target);
    expect([made.size, made.uid, made.gid, made.mode & 0o777]).toEqual([700 * MIB, UID, UID, 0o600]);
    expect(made.blocks * 512).toBeLessThan(4 * MIB);
    expect(made.blocks * 512).toBeLessThanOrEqual((await driver.spaceNeeded()) + MIB);
    expect(fsck(target)).toContain("11/");
    const disks = await driver.attach(of(rootfs, target));
    expect(disks).toEqual({
      root: { path: rootfs, kind: "file", readOnly: true },
      upper: { path: target, kind: "file", readOnly: false },
    });
    const image = await stat(rootfs);
    expect([image.uid, image.mode & 0o777]).toEqual([0, 0o444]);
    expect(await readFile(rootfs, "utf8")).toBe("image");
    await driver.detach();
    const { blocks, size } = await stat(target);
    expect(await driver.usage({ file: target })).toMatchObject({
      usedBytes: blocks * 512,
      totalBytes: size,
      room: "file",
    });
    await rm(target);
  });

  it("are never smaller than the seed", async () => {
    const target = file("small.img");
    await make().create({ target, overlaySizeBytes: MIB, uid: UID, gid: UID });
    expect((await stat(target)).size).toBe(512 * MIB);
    await rm(target);
  });

  it("take no file that is there already for their own", async () => {
    const target = file("mine.img");
    await writeFile(target, "mine");
    const made = make().create({ target, overlaySizeBytes: MIB, uid: UID, gid: UID });
    await expect(made).rejects.toMatchObject({ code: "ERR_HOST_EXISTS" });
    expect(await readFile(target, "utf8")).toBe("mine");
  });
});
