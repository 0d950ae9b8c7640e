import { stat } from "node:fs/promises";
import type { MachineDisks, RootDiskDriver, RootDiskOf, RootDiskUsage } from "../domain/ports.ts";
import { cloneDisk, type DiskClone, type DiskOps } from "./clone-disk.ts";
import { fileUsage } from "./file-usage.ts";
import type { SpareCopies } from "./spare-copy.ts";

interface RootDisk {
  readonly rootfs: string;
  readonly target: string;
  readonly overlaySizeBytes: number;
  readonly uid: number;
  readonly gid: number;
}

/** A disk that is one whole file: nothing is made at a start, and its size says all. */
abstract class WholeFile {
  async attach(
    { file }: Pick<RootDiskOf, "file">,
    made?: Promise<void>,
  ): Promise<Pick<MachineDisks, "root" | "upper">> {
    await made;
    return { root: { path: file, kind: "file", readOnly: false }, upper: null };
  }

  async detach(): Promise<void> {}

  usage(disk: Pick<RootDiskOf, "file">): Promise<RootDiskUsage> {
    return fileUsage(disk);
  }
}

/** Root disks that share the image's blocks until they are written (FICLONE): made in microseconds, on XFS and btrfs (DSK-2). */
export class ReflinkDriver extends WholeFile implements RootDiskDriver {
  readonly kind = "reflink";
  readonly #ops: DiskOps;

  constructor(ops: DiskOps) {
    super();
    this.#ops = ops;
  }

  async available(stateDirectory: string): Promise<{ ok: boolean; reason: string }> {
    const ok = await this.#ops.clone.canReflink(stateDirectory);
    const verb = ok ? "shares blocks between files" : "cannot share blocks between files";
    return { ok, reason: `the filesystem of ${stateDirectory} ${verb}` };
  }

  async spaceNeeded(): Promise<number> {
    return 0;
  }

  create(disk: RootDisk): Promise<void> {
    return cloneDisk(this.#ops, rootDisk(disk, "always"));
  }
}

/** Root disks that are sparse copies of the image: works everywhere, costs the image's data in time and space each. */
export class CopyDriver extends WholeFile implements RootDiskDriver {
  readonly kind = "copy";
  readonly #ops: DiskOps;
  readonly #spares: SpareCopies;

  constructor(ops: DiskOps, spares: SpareCopies) {
    super();
    this.#ops = ops;
    this.#spares = spares;
  }

  async available(): Promise<{ ok: boolean; reason: string }> {
    return { ok: true, reason: "a copy works on every filesystem" };
  }

  /** Blocks of the image, its holes are not copied. Also where a spare lies ready: one of the creates that run at once gets it, the others copy. */
  async spaceNeeded(image: { rootfs: string }): Promise<number> {
    return (await stat(image.rootfs)).blocks * 512;
  }

  async create(disk: RootDisk): Promise<void> {
    const copy = rootDisk(disk, "never");
    if (!(await this.#spares.take(copy))) await cloneDisk(this.#ops, copy);
  }

  prepareNext(image: { rootfs: string }): Promise<void> {
    return this.#spares.prepare(image.rootfs);
  }
}

function rootDisk(disk: RootDisk, sharing: DiskClone["sharing"]): DiskClone {
  const { rootfs: source, target, overlaySizeBytes: extraBytes, uid, gid } = disk;
  return { what: "the root disk", source, target, size: { extraBytes }, uid, gid, sharing };
}
