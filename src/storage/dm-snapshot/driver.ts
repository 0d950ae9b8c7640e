import { stat, statfs } from "node:fs/promises";
import path from "node:path";
import type { MachineDisks, RootDiskDriver, RootDiskOf, RootDiskUsage } from "../../domain/ports.ts";
import type { DmInfo, DmSnapshotStatus } from "../../host/host-ops.ts";
import { BangerError, errorMessage } from "../../shared/errors.ts";
import { explainNoSpace } from "../../shared/space.ts";
import { withUndo } from "../../shared/undo.ts";
import { CHUNK_BYTES, CHUNK_SECTORS, diskBytes, isMarkedInvalid, makeCowFile } from "./cow-file.ts";
import { type DeviceOps, release } from "./devices.ts";
import { type DeviceNames, deviceNames, resolved } from "./names.ts";
import { isBeingTried, sweepTrials, trySnapshot } from "./probe.ts";
import { type NamedLocks, SharedImage } from "./shared-image.ts";

/** How long a VMM that has ended, or a prober, may still have a device open, in milliseconds. */
const LAST_CLOSE_MS = 5_000;

/**
 * Root disks that are persistent device-mapper snapshots of the image, all by ioctl (DSK-1). The VM's own file is the COW device: sparse,
 * root's (no VMM opens it), and with room for every chunk of the disk, so that it overflows only if it was made smaller by hand; what
 * can end it is a full filesystem below.
 */
export class DmSnapshotDriver implements RootDiskDriver {
  readonly kind = "dm-snapshot";
  readonly #ops: DeviceOps;
  readonly #images: SharedImage;
  readonly #stateDirectory: string;
  #names: Promise<DeviceNames> | null = null;

  constructor(ops: DeviceOps, stateDirectory: string, locks: NamedLocks) {
    this.#ops = ops;
    this.#stateDirectory = stateDirectory;
    this.#images = new SharedImage(ops, locks);
  }

  /** Makes a snapshot of nothing, and takes it away again. Doctor asks for a directory above, where there is no state directory yet. */
  async available(stateDirectory: string): Promise<{ ok: boolean; reason: string }> {
    const asked = await this.#ops.dm.available();
    if (!asked.ok) return asked;
    try {
      await trySnapshot(this.#ops, await this.#deviceNames(), stateDirectory);
      return { ok: true, reason: `${asked.reason}, tried in ${stateDirectory}` };
    } catch (error) {
      return {
        ok: false,
        reason: `a device-mapper snapshot in ${stateDirectory} failed: ${errorMessage(error)}`,
      };
    }
  }

  /** Header and first area of metadata. */
  async spaceNeeded(): Promise<number> {
    return 2 * CHUNK_BYTES;
  }

  /** A hole as large as it can ever get. The first activation writes the header. ERR_NO_SPACE. */
  async create(disk: { rootfs: string; target: string; overlaySizeBytes: number }): Promise<void> {
    const { size } = await stat(disk.rootfs);
    try {
      await makeCowFile(this.#ops, disk.target, size + disk.overlaySizeBytes);
    } catch (error) {
      throw await explainNoSpace(error, "the root disk", disk.target, CHUNK_BYTES);
    }
  }

  /** ERR_ROOT_DISK_LOST for a snapshot that the kernel gave up earlier, ERR_ROOT_DISK_BUSY when somebody else has it open. */
  async attach(disk: RootDiskOf, made?: Promise<void>): Promise<Pick<MachineDisks, "root" | "upper">> {
    const name = (await this.#deviceNames()).vm(disk.vmId);
    const there = await this.#ops.dm.status(name);
    const device = await withUndo(async (scope) => {
      scope.defer("root disk", () => this.detach(disk));
      // Left by a daemon that died here, or still on its way out.
      if (there !== null && (await release(this.#ops, name, LAST_CLOSE_MS))) throw busy(name);
      return this.#activate(disk, name, made);
    });
    return { root: { path: device.device, kind: "device", readOnly: false }, upper: null };
  }

  async #activate(disk: RootDiskOf, name: string, made?: Promise<void>): Promise<DmInfo> {
    const image = (await this.#deviceNames()).image(disk.imageId);
    // While the image's own device is looked at, or made.
    const ready = made ?? Promise.resolve();
    const attached = ready.then(() =>
      this.#ops.loop.attach({ backingFile: disk.file, readOnly: false, name }),
    );
    const orNone = attached.catch(() => null);
    const sectors = ready.then(() => sectorsOf(disk, made !== undefined));
    const orError = sectors.catch(() => null);
    const make = async (origin: string) => {
      const table = [
        {
          type: "snapshot",
          lengthSectors: await sectors,
          origin,
          cow: (await attached).device,
          persistent: true,
          chunkSectors: CHUNK_SECTORS,
        },
      ] as const;
      return this.#ops.dm.create({ name, table: [...table], readOnly: false });
    };
    try {
      return await this.#images.hold(image, disk.rootfs, make, () => this.#ops.dm.remove(name));
    } finally {
      // From now on the snapshot holds it, and takes it along; without one it goes.
      const [cow] = await Promise.all([orNone, orError]);
      if (cow !== null) await this.#ops.loop.detach(cow.device);
    }
  }

  async detach(disk: Pick<RootDiskOf, "vmId" | "imageId">): Promise<void> {
    const names = await this.#deviceNames();
    await release(this.#ops, names.vm(disk.vmId), LAST_CLOSE_MS);
    await this.#images.release(names.image(disk.imageId));
  }

  async usage(disk: Pick<RootDiskOf, "vmId" | "file">): Promise<RootDiskUsage> {
    const name = (await this.#deviceNames()).vm(disk.vmId);
    const device = await this.#ops.dm.status(name);
    const live = device?.targets.find((target): target is DmSnapshotStatus => target.type === "snapshot");
    const { bavail, bsize } = await statfs(path.dirname(disk.file));
    const hostFreeBytes = bavail * bsize;
    const { size: totalBytes, blocks } = await stat(disk.file);
    if (live?.fill != null) {
      const usedBytes = Number(live.fill.usedSectors) * 512;
      // The kernel's word comes with the next write that finds no room.
      const full = usedBytes + CHUNK_BYTES > totalBytes;
      return { usedBytes, totalBytes, room: "snapshot", invalid: false, full, hostFreeBytes };
    }
    const invalid = live?.invalid ?? (await isMarkedInvalid(disk.file));
    const full = live?.overflow ?? false;
    const usedBytes = full ? totalBytes : Math.min(blocks * 512, totalBytes);
    return { usedBytes, totalBytes, room: "snapshot", invalid, full, hostFreeBytes };
  }

  async sweep(knownVmIds: ReadonlySet<string>): Promise<void> {
    const names = await this.#deviceNames();
    const known = new Set([...knownVmIds].map((id) => names.vm(id)));
    const devices = await this.#ops.dm.list(names.prefix);
    const loops = await this.#ops.loop.list(names.prefix);
    const found = [...new Set([...devices, ...loops].map(({ name }) => name))];
    const isImage = (name: string) => name.startsWith(names.image(""));
    for (const name of found) {
      if (!isImage(name) && !known.has(name) && !(await isBeingTried(names, name)))
        await release(this.#ops, name);
    }
    for (const name of found) if (isImage(name)) await this.#images.release(name);
    await sweepTrials(names, this.#stateDirectory);
  }

  #deviceNames(): Promise<DeviceNames> {
    this.#names ??= resolved(this.#stateDirectory).then(deviceNames, (error) => {
      this.#names = null;
      throw error;
    });
    return this.#names;
  }
}

/** The snapshot's size: its image's, and as much more as the COW file has room for. ERR_ROOT_DISK_LOST */
async function sectorsOf(
  { rootfs, file }: Pick<RootDiskOf, "rootfs" | "file">,
  isNew: boolean,
): Promise<bigint> {
  const [isInvalid, { size: rootfsBytes }, { size: cowFileBytes }] = await Promise.all([
    !isNew && isMarkedInvalid(file),
    stat(rootfs),
    stat(file),
  ]);
  if (isInvalid) throw lost(file);
  return BigInt(Math.floor(Math.max(rootfsBytes, diskBytes(cowFileBytes)) / 512));
}

function lost(file: string): BangerError {
  const directory = path.dirname(file);
  return new BangerError(
    "ERR_ROOT_DISK_LOST",
    `the root disk in ${directory} is lost: its filesystem was full or failed while the VM wrote, and device-mapper gave the snapshot up`,
    {
      next: `create the VM anew; what its user had in /root is still in ${path.join(directory, "work.img")}`,
      details: { file },
    },
  );
}

function busy(name: string): BangerError {
  return new BangerError("ERR_ROOT_DISK_BUSY", `the device-mapper device ${name} is still in use`, {
    next: `see who has it open: \`dmsetup info ${name}\`, \`lsof /dev/dm-*\``,
  });
}
