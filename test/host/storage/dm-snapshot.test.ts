import { execFileSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { open, unlink } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import type { RootDiskOf } from "../../../src/domain/ports.ts";
import { cowBytes } from "../../../src/storage/dm-snapshot/cow-file.ts";
import { imageId, MIB, read, SnapshotWorld, write } from "./support/snapshot-world.ts";

const world = new SnapshotWorld();

describe("a root disk as a snapshot (DSK-1)", () => {
  it("is the image, with room behind it, and keeps what was written over a detach", async () => {
    const disk = await world.vm("a");
    await world.use(disk, async (device) => {
      const size = execFileSync("blockdev", ["--getsize64", device], { encoding: "utf8" });
      expect(Number(size)).toBe(16 * MIB);
      expect([await read(device, 0), await read(device, 8 * MIB)]).toEqual(["iiii", "\0\0\0\0"]);
      await write(device, "a", 4096);
      await write(device, "z", 12 * MIB);
    });
    expect(await world.left()).toEqual([]);
    expect(statSync(disk.file)).toMatchObject({ size: cowBytes(16 * MIB), uid: 0 });
    expect(statSync(disk.file).blocks * 512).toBeLessThan(MIB);
    await world.use(disk, async (device) => {
      const found = await Promise.all([0, 4096, 12 * MIB, 13 * MIB].map((at) => read(device, at)));
      expect(found).toEqual(["iiii", "aaaa", "zzzz", "\0\0\0\0"]);
    });
  });

  it("every block of it can be written: the COW file never overflows", async () => {
    const disk = await world.vm("a", { overlaySizeBytes: 2 * MIB });
    await world.use(disk, async (device) => {
      for (let at = 0; at < 10 * MIB; at += MIB) await write(device, "w", at, MIB);
      const usage = await world.driver.usage(disk);
      expect(usage).toMatchObject({ invalid: false, totalBytes: cowBytes(10 * MIB) });
      expect(usage.usedBytes).toBeGreaterThan(10 * MIB);
    });
    await world.use(disk, async (device) => expect(await read(device, 10 * MIB - 4096)).toBe("wwww"));
  });

  it("the image's loop and device are one for all its VMs, and go with the last", async () => {
    const disks = await Promise.all(["a", "b", "c"].map((id) => world.vm(id)));
    const { names } = world;
    const roots = await Promise.all(disks.map((disk) => world.driver.attach(disk)));
    const everyone = [names.image(imageId), ...disks.map(({ vmId }) => names.vm(vmId))];
    expect(await world.left()).toEqual([...everyone, ...everyone].sort());
    await Promise.all(roots.map(({ root }, index) => write(root.path, "abc"[index] as string, 0)));
    expect(await Promise.all(roots.map(({ root }) => read(root.path, 0)))).toEqual(["aaaa", "bbbb", "cccc"]);
    for (const disk of disks.slice(0, 2)) await world.driver.detach(disk);
    expect(await read(roots[2]?.root.path as string, 0)).toBe("cccc");
    await world.driver.detach(disks[2] as RootDiskOf);
    expect(await world.left()).toEqual([]);
  });

  it("attaches while the last other detaches, over and over", async () => {
    const disks = await Promise.all(["a", "b", "c"].map((id) => world.vm(id)));
    await Promise.all(
      disks.map(async (disk) => {
        for (let round = 0; round < 4; round += 1) {
          await world.use(disk, async (device) => {
            expect(await read(device, 4096)).toBe("iiii");
            await write(device, String(round), 0);
            expect(await read(device, 0)).toBe(String(round).repeat(4));
          });
        }
      }),
    );
    expect(await world.left()).toEqual([]);
  });

  it("one that is still open goes when it is closed, and everything below with it", async () => {
    const disk = await world.vm("a");
    const { root } = await world.driver.attach(disk);
    const held = await open(root.path, "r");
    await world.driver.detach(disk);
    expect(await world.left()).not.toEqual([]);
    await expect(world.driver.attach(disk)).rejects.toMatchObject({ code: "ERR_ROOT_DISK_BUSY" });
    await held.close();
    while ((await world.left()).length > 0) await new Promise((done) => setTimeout(done, 5));
  });

  it("a jail makes its node from the kernel's list where /dev has none", async () => {
    const disk = await world.vm("a");
    await world.use(disk, async (device) => {
      await unlink(device);
      const ref = await world.host.process.spawn({
        program: "/bin/sh",
        argv: ["sh", "-c", '[ "$(head -c 4 /disk)" = iiii ]'],
        env: { PATH: "/bin:/usr/bin" },
        cwd: "/",
        uid: 700_123,
        gid: 700_123,
        umask: 0o077,
        fds: [],
        jail: [
          ...["/usr", "/bin", "/lib", "/lib64"].map(
            (each) => ({ kind: "bind-if-there", source: each, target: each, readOnly: true }) as const,
          ),
          { kind: "device", source: device, target: "/disk" },
        ],
      });
      expect(await world.host.process.wait(ref)).toEqual({ code: 0, signal: null });
    });
  });

  it("is tried before it is offered, and that leaves nothing", async () => {
    expect(await world.driver.available(world.directory)).toMatchObject({ ok: true });
    expect(readdirSync(world.directory)).toEqual(["rootfs.ext4"]);
  });
});
