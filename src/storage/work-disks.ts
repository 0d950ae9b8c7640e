import { stat, truncate } from "node:fs/promises";
import type { WorkDisks } from "../domain/ports.ts";
import { explainNoSpace } from "../shared/space.ts";
import { cloneDisk, type DiskOps } from "./clone-disk.ts";

/** Work disks from the image's seed (DSK-4). */
export class WorkDiskMaker implements WorkDisks {
  readonly #ops: DiskOps;

  constructor(ops: DiskOps) {
    this.#ops = ops;
  }

  /** A disk is never smaller than its seed, which holds next to no data. ERR_NO_SPACE. */
  create(disk: { seed: string; target: string; sizeBytes: number; uid: number; gid: number }): Promise<void> {
    const { seed: source, target, sizeBytes: minimumBytes, uid, gid } = disk;
    const what = "the work disk";
    return cloneDisk(this.#ops, { what, source, target, size: { minimumBytes }, uid, gid, sharing: "auto" });
  }

  /** ERR_NO_SPACE. */
  async grow({ target, sizeBytes }: { target: string; sizeBytes: number }): Promise<void> {
    if ((await stat(target)).size >= sizeBytes) return;
    try {
      await truncate(target, sizeBytes);
    } catch (error) {
      throw await explainNoSpace(error, "the work disk", target, null);
    }
  }
}
