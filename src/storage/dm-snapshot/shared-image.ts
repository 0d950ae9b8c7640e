import { stat } from "node:fs/promises";
import type { DmInfo } from "../../host/host-ops.ts";
import { BangerError, errorCode } from "../../shared/errors.ts";
import { type DeviceOps, release } from "./devices.ts";

/** One holder per key at a time. */
export interface NamedLocks {
  run<T>(key: string, body: () => Promise<T>): Promise<T>;
}

/** 64 TiB of zeros behind every image, so that a snapshot may be larger than what it is of; each takes as much as it needs. */
const TAIL_SECTORS = 2n ** 37n;
const ATTEMPTS = 5;

/**
 * The origin that all VMs of an image share: its root filesystem by a read-only loop device, with zeros behind it. The kernel counts the
 * users: once a snapshot stands on it, device and loop are told to go with their last user, and they do, whatever becomes of the daemon.
 */
export class SharedImage {
  readonly #ops: DeviceOps;
  readonly #locks: NamedLocks;

  constructor(ops: DeviceOps, locks: NamedLocks) {
    this.#ops = ops;
    this.#locks = locks;
  }

  /**
   * Gives `use` the device's number, to make what holds it. The last of the others may end meanwhile and take the device away, and another
   * device may get its number: so it is looked at again once it is held, and if it is not the same, `undo` is called and all begins anew.
   */
  hold<T>(
    name: string,
    rootfs: string,
    use: (number: string) => Promise<T>,
    undo: () => Promise<unknown>,
  ): Promise<T> {
    return this.#locks.run(name, async () => {
      for (let attempt = 1; ; attempt += 1) {
        const image = await this.#ensure(name, rootfs);
        const made = await use(image.number).then(
          (value) => ({ value }),
          (error: unknown) => ({ error }),
        );
        const now = await this.#ops.dm.status(name);
        if (now?.number === image.number) {
          if (!now.deferredRemove) await release(this.#ops, name);
          if ("error" in made) throw made.error;
          return made.value;
        }
        if ("value" in made) await undo();
        if (attempt >= ATTEMPTS) throw "error" in made ? made.error : vanished(name);
      }
    });
  }

  /** Takes it away unless a snapshot stands on it. */
  release(name: string): Promise<unknown> {
    return this.#locks.run(name, () => release(this.#ops, name));
  }

  async #ensure(name: string, rootfs: string): Promise<DmInfo> {
    const [file, found, below] = await Promise.all([
      stat(rootfs, { bigint: true }),
      this.#ops.dm.status(name),
      this.#below(name),
    ]);
    const isFile = (loop: { backingInode: bigint; backingDevice: bigint }) =>
      loop.backingInode === file.ino && loop.backingDevice === file.dev;
    if (found !== null) {
      const loop = below === null ? null : await this.#ops.loop.status(below);
      if (loop !== null && loop.name === name && loop.readOnly && isFile(loop)) return found;
      // Half made by a daemon that died, or on its way out.
      if (await release(this.#ops, name)) throw busy(name, rootfs);
    }
    const left = (await this.#ops.loop.list(name)).find(
      (each) => each.name === name && each.readOnly && !each.autoclear && isFile(each),
    );
    const loop = left ?? (await this.#ops.loop.attach({ backingFile: rootfs, readOnly: true, name }));
    try {
      return await this.#ops.dm.create({
        name,
        table: [
          { type: "linear", lengthSectors: file.size / 512n, device: loop.device, startSector: 0n },
          { type: "zero", lengthSectors: TAIL_SECTORS },
        ],
        readOnly: true,
      });
    } catch (error) {
      await this.#ops.loop.detach(loop.device);
      throw error;
    }
  }

  /** The one device that it stands on; null where there are others, or none. */
  async #below(name: string): Promise<string | null> {
    const [below, ...others] = await this.#ops.dm.dependencies(name).catch((error: unknown) => {
      if (errorCode(error) === "ERR_HOST_NOT_FOUND") return [];
      throw error;
    });
    return below === undefined || others.length > 0 ? null : below.device;
  }
}

function vanished(name: string): BangerError {
  return new BangerError("ERR_ROOT_DISK_BUSY", `${name} went away whenever it was to be used`, {
    next: "try again",
  });
}

function busy(name: string, rootfs: string): BangerError {
  return new BangerError(
    "ERR_ROOT_DISK_BUSY",
    `the device-mapper device ${name} is in use, but is not over ${rootfs}`,
    { next: `see who has it open: \`dmsetup info ${name}\`, \`lsof /dev/dm-*\`` },
  );
}
