import { existsSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach } from "vitest";
import { type FakeHostOps, openFakeHostOps } from "../../../../../src/host/fake/index.ts";
import { KeyedLocks } from "../../../../../src/services/locks.ts";
import type { DeviceOps } from "../../../../../src/storage/dm-snapshot/devices.ts";
import { DmSnapshotDriver } from "../../../../../src/storage/dm-snapshot/driver.ts";
import { type DeviceNames, deviceNames } from "../../../../../src/storage/dm-snapshot/names.ts";

export const MIB = 2 ** 20;
export const imageId = "1".repeat(32);

/** An image of 16 MiB, a fake kernel, and the driver over both. Call inside `describe`. */
export class DiskWorld {
  directory = "";
  rootfs = "";
  fake: FakeHostOps = openFakeHostOps();
  driver: DmSnapshotDriver = this.driverOver(this.fake);

  constructor() {
    beforeEach(() => {
      this.directory = mkdtempSync(path.join(os.tmpdir(), "banger-dm-"));
      this.rootfs = path.join(this.directory, "rootfs.ext4");
      writeFileSync(this.rootfs, "");
      truncateSync(this.rootfs, 16 * MIB);
      this.fake = openFakeHostOps();
      this.driver = this.driverOver(this.fake);
    });
    afterEach(() => rmSync(this.directory, { recursive: true }));
  }

  get names(): DeviceNames {
    return deviceNames(this.directory);
  }

  /** The driver of a daemon that has these operations. */
  driverOver(ops: DeviceOps): DmSnapshotDriver {
    return new DmSnapshotDriver(ops, this.directory, new KeyedLocks());
  }

  /** A VM with its COW file. */
  async vm(id: string) {
    const file = path.join(this.directory, `${id}.img`);
    const { rootfs, driver } = this;
    if (!existsSync(file)) await driver.create({ rootfs, target: file, overlaySizeBytes: 16 * MIB });
    return { vmId: id, imageId, rootfs, file, uid: 1, gid: 1 };
  }

  /** Names of all devices and loops. */
  left(): string[] {
    const { devices, loops } = this.fake.kernel;
    return [...devices.keys(), ...[...loops.values()].map(({ name }) => name)].sort();
  }

  /** The fake's devices, with something that happens before each call. */
  interposed(before: (method: string, args: unknown[]) => void | Promise<void>): DeviceOps {
    const room = <T extends object>(ops: T): T =>
      new Proxy(ops, {
        get:
          (target, key) =>
          async (...args: unknown[]) => {
            await before(String(key), args);
            return (Reflect.get(target, key) as (...all: unknown[]) => unknown).apply(target, args);
          },
      });
    return { loop: room(this.fake.loop), dm: room(this.fake.dm), file: this.fake.file };
  }
}

/** The header that the kernel writes into a COW file. */
export function writeHeader(file: string, valid: number): void {
  const header = Buffer.alloc(16);
  for (const [index, value] of [0x70416e53, valid, 1, 8].entries()) header.writeUInt32LE(value, index * 4);
  writeFileSync(file, header, { flag: "r+" });
}
