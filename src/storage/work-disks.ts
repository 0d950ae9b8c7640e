import { stat, truncate } from "node:fs/promises";
import type { WorkDisks } from "../domain/ports.ts";
import { errorCode } from "../shared/errors.ts";
import { cloneDisk, type DiskOps } from "./clone-disk.ts";
import { explainNoSpace } from "./space.ts";

/** Work disks from the image's seed (DSK-4): by reflink where it works, else a sparse copy; a seed holds next to no data. */
export class WorkDiskMaker implements WorkDisks {
  readonly #ops: DiskOps;

  constructor(ops: DiskOps) {
    this.#ops = ops;
  }

  /** A disk is never smaller than its seed. ERR_NO_SPACE. */
  async create(disk: {
    seed: string;
    target: string;
    sizeBytes: number;
    uid: number;
    gid: number;
  }): Promise<void> {
    const clone = {
      what: "the work disk",
      source: disk.seed,
      target: disk.target,
      size: (seedBytes: number) => Math.max(seedBytes, disk.sizeBytes),
      uid: disk.uid,
      gid: disk.gid,
    };
    try {
      await cloneDisk(this.#ops, { ...clone, method: "reflink" });
    } catch (error) {
      if (errorCode(error) !== "ERR_HOST_UNSUPPORTED") throw error;
      await cloneDisk(this.#ops, { ...clone, method: "copy" });
    }
  }

  /** ERR_NO_SPACE. */
  async grow({ target, sizeBytes }: { target: string; sizeBytes: number }): Promise<void> {
    if ((await stat(target)).size >= sizeBytes) return;
    try {
      await truncate(target, sizeBytes);
    } catch (error) {
      throw await explainNoSpace(error, "the work disk", target, 0);
    }
  }
}
