import { randomUUID } from "node:crypto";
import { rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { HostError } from "../host-error.ts";
import type {
  CloneOps,
  CloneResult,
  CopyOptions,
  FileRange,
  NewFileOptions,
  ReflinkRange,
} from "../host-ops.ts";
import { checkOwner } from "../ids.ts";
import { host, type Meanings } from "../native-error.ts";
import { undoing } from "../undoing.ts";
import type { Addon } from "./addon.ts";
import { inOneGo } from "./in-one-go.ts";
import type { NativeNewFile } from "./native/clone.ts";
import { Turns } from "./turns.ts";

/** A copy of gigabytes takes seconds of one of the addon's four threads: the others must stay free for what is short. */
const COPIES_AT_ONCE = 2;
/** Tens of milliseconds where blocks are really copied: so often a copy tells how far it is, and looks whether it shall end. */
const STEP_BYTES = 16n * 1024n * 1024n;
/** Some filesystems say so for files that they cannot share (swap files, other flags). */
const CANNOT_SHARE: Meanings = { EINVAL: "ERR_HOST_UNSUPPORTED" };

/** Clones of files: FICLONE and FICLONERANGE (linux/fs.h), a sparse copy for filesystems that cannot, and fallocate. */
export class LinuxClone implements CloneOps {
  readonly #addon: Addon;
  readonly #copies = new Turns(COPIES_AT_ONCE);

  constructor(addon: Addon) {
    this.#addon = addon;
  }

  async reflink(source: string, target: string, options: NewFileOptions = {}): Promise<CloneResult> {
    return this.#make(source, target, "always", options);
  }

  async reflinkRange(range: ReflinkRange): Promise<void> {
    const { source, sourceOffsetBytes = 0n, lengthBytes = 0n, target, targetOffsetBytes = 0n } = range;
    await host(target, () =>
      this.#addon.reflinkRange({
        source,
        sourceOffset: sourceOffsetBytes,
        length: lengthBytes,
        target,
        targetOffset: targetOffsetBytes,
      }),
    );
  }

  async copy(source: string, target: string, options: CopyOptions = {}): Promise<CloneResult> {
    const make = () => this.#make(source, target, options.sharing ?? "never", options);
    return this.#copies.run(make, options.signal);
  }

  /** Opened, the first step and, where that was the last, finished: in one go. */
  async #make(
    source: string,
    target: string,
    sharing: "never" | "auto" | "always",
    options: CopyOptions,
  ): Promise<CloneResult> {
    options.signal?.throwIfAborted();
    const copy = new this.#addon.SparseCopy();
    const settings = settingsOf(options);
    const forward = [() => copy.step(STEP_BYTES), () => copy.finish(settings)] as const;
    const meanings = (_: number, error: unknown) =>
      sharing === "always" && isOfClone(error) ? CANNOT_SHARE : {};
    try {
      const open = () => copy.open(source, target, sharing);
      let [, step, isFinished] = await inOneGo(this.#addon, target, [open, ...forward], meanings);
      for (;;) {
        const { position: positionBytes, size: sizeBytes, dataBytes, shared } = step;
        options.onProgress?.({ positionBytes, sizeBytes, dataBytes });
        if (isFinished) return { dataBytes, method: shared ? "reflink" : "copy" };
        options.signal?.throwIfAborted();
        [step, isFinished] = await inOneGo(this.#addon, target, forward);
      }
    } catch (error) {
      throw await undoing(error, () => host(target, () => copy.discard()));
    }
  }

  async adopt(file: string, target: string, options: NewFileOptions = {}): Promise<void> {
    const copy = new this.#addon.SparseCopy();
    const settings = settingsOf(options);
    try {
      await inOneGo(this.#addon, target, [() => copy.adopt(file, target), () => copy.finish(settings)]);
    } catch (error) {
      throw await undoing(error, () => host(target, () => copy.discard()));
    }
  }

  async canReflink(directory: string): Promise<boolean> {
    const source = path.join(directory, `.reflink-${randomUUID()}`);
    const target = `${source}-clone`;
    try {
      // With data in it: an empty file would say nothing about extents.
      await host(source, () => writeFile(source, new Uint8Array(4096), { flag: "wx", mode: 0o600 }));
      await this.reflink(source, target);
      return true;
    } catch (error) {
      if (error instanceof HostError && error.code === "ERR_HOST_UNSUPPORTED") return false;
      throw error;
    } finally {
      await rm(source, { force: true });
      await rm(target, { force: true });
    }
  }

  async punchHole(file: string, { offsetBytes, lengthBytes }: FileRange): Promise<void> {
    await host(file, () => this.#addon.punchHole(file, offsetBytes, lengthBytes));
  }

  async preallocate(file: string, range: FileRange & { keepSize?: boolean }): Promise<void> {
    const { offsetBytes, lengthBytes, keepSize = false } = range;
    await host(file, () => this.#addon.preallocate(file, offsetBytes, lengthBytes, keepSize));
  }
}

function settingsOf({ mode, owner, minimumBytes, extraBytes, name }: NewFileOptions): NativeNewFile {
  checkOwner("fchown", owner ?? {});
  return { mode, uid: owner?.uid, gid: owner?.gid, minimumBytes, extraBytes, name };
}

/** What is no regular file is EINVAL too, by a look before. */
function isOfClone(error: unknown): boolean {
  return error instanceof Error && "syscall" in error && error.syscall === "ioctl(FICLONE)";
}
