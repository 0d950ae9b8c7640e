import { open, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import type { HostOps } from "../host/host-ops.ts";
import type { Logger } from "../shared/logger.ts";
import { GIB } from "../shared/size.ts";
import { freeBytes } from "../shared/space.ts";
import { adoptDisk, type DiskClone } from "./clone-disk.ts";

/** How long a create's own guest has the host for itself before the next one's copy is made. */
const DELAY_MS = 1_500;
/** A spare is made where this much stays free after it: never at the price of somebody's room. */
const KEEP_FREE_BYTES = 2 * GIB;

export interface SpareCopyOptions {
  readonly clone: HostOps["clone"];
  readonly logger: Pick<Logger, "warn">;
  readonly delayMs?: number;
}

/**
 * One copy of an image's rootfs, made and written out beside it before it is asked for. A copy costs its create twice: while it is made,
 * and at the guest's first flush, which has all of it to write. A spare is taken by a rename and has been written long ago (DSK-2).
 */
export class SpareCopies {
  readonly #options: SpareCopyOptions;
  readonly #making = new Map<string, Promise<void>>();
  /** Images that were seen without one, until one may have been made. */
  readonly #without = new Set<string>();

  constructor(options: SpareCopyOptions) {
    this.#options = options;
  }

  /** Makes a disk of the spare of its source. False where there is none, or it lies on another filesystem. ERR_NO_SPACE. */
  async take(disk: DiskClone): Promise<boolean> {
    const { source } = disk;
    if (this.#without.has(source)) return false;
    const isTaken = await adoptDisk(this.#options, { ...disk, source: spareOf(source) }); // of two at once, one has it
    if (!isTaken) this.#without.add(source);
    return isTaken;
  }

  async #has(rootfs: string): Promise<boolean> {
    return stat(spareOf(rootfs)).then(
      () => true,
      () => false,
    );
  }

  /** Makes the spare in a while, where there is none and there is room; one at a time for an image. Never rejects. */
  prepare(rootfs: string): Promise<void> {
    const making =
      this.#making.get(rootfs) ??
      this.#make(rootfs).finally(() => {
        this.#making.delete(rootfs);
        this.#without.delete(rootfs);
      });
    this.#making.set(rootfs, making);
    return making;
  }

  async #make(rootfs: string): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, this.#options.delayMs ?? DELAY_MS).unref());
    const part = `${spareOf(rootfs)}.part`;
    try {
      const { blocks } = await stat(rootfs);
      const { free } = await freeBytes(path.dirname(rootfs));
      if ((await this.#has(rootfs)) || free < blocks * 512 + KEEP_FREE_BYTES) return;
      await rm(part, { force: true }); // of a daemon that was killed meanwhile
      await this.#options.clone.copy(rootfs, part);
      await writeOut(part);
      await rename(part, spareOf(rootfs));
    } catch (err) {
      await rm(part, { force: true }).catch(() => undefined);
      this.#options.logger.warn({ err, rootfs }, "no spare copy of an image could be made");
    }
  }
}

function spareOf(rootfs: string): string {
  return `${rootfs}.spare`;
}

async function writeOut(file: string): Promise<void> {
  const handle = await open(file, "r+");
  try {
    await handle.datasync();
  } finally {
    await handle.close();
  }
}
