import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { open } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import type { RootDiskOf } from "../../../../src/domain/ports.ts";
import type { HostOps } from "../../../../src/host/host-ops.ts";
import { openLinuxHostOps } from "../../../../src/host/linux/index.ts";
import { KeyedLocks } from "../../../../src/services/locks.ts";
import { DmSnapshotDriver } from "../../../../src/storage/dm-snapshot/driver.ts";
import { type DeviceNames, deviceNames } from "../../../../src/storage/dm-snapshot/names.ts";

export const MIB = 2 ** 20;
export const imageId = "1".repeat(32);

/**
 * An image of 8 MiB of `i` and the driver over it, on the real kernel; after each test nothing may be left. Skips by name where the kernel
 * has no device-mapper.
 */
export class SnapshotWorld {
  directory = "";
  rootfs = "";
  readonly host: HostOps = openLinuxHostOps();
  driver: DmSnapshotDriver = new DmSnapshotDriver(this.host, "/", new KeyedLocks());
  readonly #mounted: string[] = [];

  constructor() {
    let why: string | null = null;
    beforeAll(async () => {
      const { ok, reason } = await this.host.dm.available();
      why = ok ? null : reason;
    });
    afterAll(() => this.host.close());
    beforeEach((context) => {
      if (why !== null) context.skip(why);
      this.directory = mkdtempSync(path.join(os.tmpdir(), "bgr-dm-"));
      this.rootfs = path.join(this.directory, "rootfs.ext4");
      writeFileSync(this.rootfs, Buffer.alloc(8 * MIB, "i"));
      this.driver = new DmSnapshotDriver(this.host, this.directory, new KeyedLocks());
    });
    afterEach(async () => {
      if (why !== null) return;
      await this.driver.sweep(new Set());
      expect(await this.left()).toEqual([]);
      for (const target of this.#mounted.splice(0)) execFileSync("umount", [target]);
      rmSync(this.directory, { recursive: true });
    });
  }

  get names(): DeviceNames {
    return deviceNames(this.directory);
  }

  /** Names of all devices and loops. */
  async left(): Promise<string[]> {
    const { dm, loop } = this.host;
    const { prefix } = this.names;
    return [...(await dm.list(prefix)), ...(await loop.list(prefix))].map(({ name }) => name).sort();
  }

  async vm(id: string, { overlaySizeBytes = 8 * MIB, directory = this.directory } = {}): Promise<RootDiskOf> {
    const { rootfs } = this;
    const file = path.join(directory, `${id}.img`);
    await this.driver.create({ rootfs, target: file, overlaySizeBytes });
    return { vmId: id, imageId, rootfs, file, uid: 0, gid: 0 };
  }

  async use<T>(disk: RootDiskOf, body: (device: string) => Promise<T>): Promise<T> {
    const { root } = await this.driver.attach(disk);
    try {
      return await body(root.path);
    } finally {
      await this.driver.detach(disk);
    }
  }

  /** A tmpfs, so that it can be full. */
  smallDisk(mebibytes: number): string {
    const target = path.join(this.directory, "small");
    mkdirSync(target);
    execFileSync("mount", ["-t", "tmpfs", "-o", `size=${mebibytes}m`, "tmpfs", target]);
    this.#mounted.push(target);
    return target;
  }
}

export async function write(device: string, text: string, at: number, bytes = 4096): Promise<void> {
  await using file = await open(device, "rs+");
  await file.write(Buffer.alloc(bytes, text), 0, bytes, at);
}

/** Past the page cache, which would know what was written even where the device has lost it. */
export async function read(device: string, at: number): Promise<string> {
  const options = ["iflag=direct", "bs=4096", "count=1", `skip=${at / 4096}`];
  return execFileSync("dd", [`if=${device}`, ...options], { stdio: ["ignore", "pipe", "ignore"] })
    .subarray(0, 4)
    .toString();
}
