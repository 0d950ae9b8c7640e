import { constants } from "node:fs";
import { link, lstat, open, rename, rm, stat } from "node:fs/promises";
import { HostError, invalid } from "../host-error.ts";
import type {
  CloneOps,
  CloneResult,
  CopyOptions,
  FileRange,
  NewFileOptions,
  ReflinkRange,
} from "../host-ops.ts";
import { checkOwner } from "../ids.ts";
import { host, toHostError } from "../native-error.ts";
import type { Faults } from "./faults.ts";
import type { FakeFile } from "./file.ts";
import { sparseCopy } from "./sparse-copy.ts";

const BLOCK_BYTES = 4096;

/** Real files; blocks of zeros become holes. A "reflink" is such a copy too, and a punched hole is zeros that take their room. */
export class FakeClone implements CloneOps {
  readonly #faults: Faults;
  readonly #reflinks: boolean;
  readonly #files: FakeFile;

  constructor(faults: Faults, reflinks: boolean, files: FakeFile) {
    this.#faults = faults;
    this.#reflinks = reflinks;
    this.#files = files;
  }

  async reflink(source: string, target: string, options: NewFileOptions = {}): Promise<CloneResult> {
    await this.#faults.gate("clone.reflink", target);
    checkOwner("fchown", options.owner ?? {});
    this.#mustReflink("ioctl(FICLONE)", target);
    await mustBeFile(source);
    const dataBytes = await host(target, () => sparseCopy(source, target));
    await this.#finish(target, options);
    return { dataBytes, method: "reflink" };
  }

  async reflinkRange(range: ReflinkRange): Promise<void> {
    await this.#faults.gate("clone.reflinkRange", range.target);
    for (const file of [range.source, range.target]) await mustBeFile(file);
    await host(range.target, async () => {
      await using from = await open(range.source, constants.O_RDONLY);
      await using to = await open(range.target, constants.O_WRONLY);
      this.#mustReflink("ioctl(FICLONERANGE)", range.target);
      const { start, length, targetStart } = rangeOf(range, (await from.stat()).size, (await to.stat()).size);
      const data = Buffer.alloc(length);
      await from.read(data, 0, length, start);
      await to.write(data, 0, length, targetStart);
    });
  }

  async copy(source: string, target: string, options: CopyOptions = {}): Promise<CloneResult> {
    await this.#faults.gate("clone.copy", target);
    options.signal?.throwIfAborted();
    checkOwner("fchown", options.owner ?? {});
    await mustBeFile(source);
    try {
      const dataBytes = await sparseCopy(source, target, options);
      await this.#finish(target, options);
      return { dataBytes, method: options.sharing === "auto" && this.#reflinks ? "reflink" : "copy" };
    } catch (error) {
      // Of a file; anything else is the signal's, or thrown by who was told the progress.
      if (error instanceof Error && "syscall" in error) throw toHostError(error, target);
      throw error;
    }
  }

  async adopt(file: string, target: string, options: NewFileOptions = {}): Promise<void> {
    await this.#faults.gate("clone.adopt", target);
    checkOwner("fchown", options.owner ?? {});
    if (!(await host(file, () => lstat(file))).isFile()) throw invalid("lstat", file, "not a regular file");
    await host(target, async () => (await open(target, "wx")).close()); // which the rename replaces
    try {
      await host(file, () => rename(file, target));
    } catch (error) {
      await rm(target);
      throw error;
    }
    await this.#finish(target, options);
  }

  async canReflink(directory: string): Promise<boolean> {
    await this.#faults.gate("clone.canReflink", directory);
    return this.#reflinks;
  }

  async punchHole(file: string, range: FileRange): Promise<void> {
    await this.#faults.gate("clone.punchHole", file);
    await host(file, async () => {
      await using handle = await open(file, constants.O_RDWR);
      const { offset, end } = fileRange("fallocate(PUNCH_HOLE)", file, range);
      const length = Math.min(end, (await handle.stat()).size) - offset;
      if (length > 0) await handle.write(Buffer.alloc(length), 0, length, offset);
    });
  }

  async preallocate(file: string, range: FileRange & { keepSize?: boolean }): Promise<void> {
    await this.#faults.gate("clone.preallocate", file);
    await host(file, async () => {
      await using handle = await open(file, constants.O_RDWR);
      const { end } = fileRange("fallocate", file, range);
      if (range.keepSize !== true && end > (await handle.stat()).size) await handle.truncate(end);
    });
  }

  async #finish(
    target: string,
    { mode, owner, minimumBytes = 0n, extraBytes = 0n, name }: NewFileOptions,
  ): Promise<void> {
    try {
      const size = BigInt((await stat(target)).size) + extraBytes;
      const sizeBytes = size > minimumBytes ? size : minimumBytes;
      if (sizeBytes >= 2n ** 63n)
        throw new HostError({ errnoCode: "EFBIG", syscall: "ftruncate", object: target });
      await this.#files.give(target, {
        sizeBytes,
        ...(mode !== undefined && { mode }),
        ...(owner && { owner }),
      });
      if (name === undefined) return;
      await host(name, () => link(target, name));
      await rm(target);
    } catch (error) {
      await rm(target, { force: true });
      throw error;
    }
  }

  #mustReflink(syscall: string, target: string): void {
    if (!this.#reflinks) throw new HostError({ errnoCode: "EOPNOTSUPP", syscall, object: target });
  }
}

async function mustBeFile(path: string): Promise<void> {
  if (!(await host(path, () => stat(path))).isFile()) throw invalid("fstat", path, "not a regular file");
}

/** The kernel's rules: whole blocks, but for the end of the source, which must not end inside the target. */
function rangeOf(range: ReflinkRange, sourceSize: number, targetSize: number) {
  const { sourceOffsetBytes = 0n, targetOffsetBytes = 0n, lengthBytes = 0n } = range;
  const [start, targetStart] = [Number(sourceOffsetBytes), Number(targetOffsetBytes)];
  const length = lengthBytes === 0n ? sourceSize - start : Number(lengthBytes);
  const end = start + length;
  const aligned = start % BLOCK_BYTES === 0 && targetStart % BLOCK_BYTES === 0;
  const isWhole = length % BLOCK_BYTES === 0 || (end === sourceSize && targetStart + length >= targetSize);
  if (start < 0 || targetStart < 0 || length < 0 || end > sourceSize || !aligned || !isWhole) {
    throw invalid("ioctl(FICLONERANGE)", range.target, "not whole blocks of the source");
  }
  return { start, length, targetStart };
}

function fileRange(syscall: string, file: string, { offsetBytes, lengthBytes }: FileRange) {
  if (offsetBytes < 0n || lengthBytes <= 0n) throw invalid(syscall, file, "an empty range");
  return { offset: Number(offsetBytes), end: Number(offsetBytes + lengthBytes) };
}
