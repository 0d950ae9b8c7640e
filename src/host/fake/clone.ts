import { constants } from "node:fs";
import { type FileHandle, link, open, rm, stat } from "node:fs/promises";
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

const BLOCK_BYTES = 4096;
const ZEROS = Buffer.alloc(BLOCK_BYTES);
const READ_BYTES = 1024 * 1024;
/** So often the real one tells its progress. */
const STEP_BYTES = 16n * 1024n * 1024n;

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

async function sparseCopy(source: string, target: string, options: CopyOptions = {}): Promise<bigint> {
  await using from = await open(source, constants.O_RDONLY);
  await using to = await open(target, "wx", 0o600);
  try {
    const { size } = await from.stat();
    await to.truncate(size);
    return await copyBlocks(from, to, BigInt(size), options);
  } catch (error) {
    await rm(target, { force: true });
    throw error;
  }
}

async function copyBlocks(from: FileHandle, to: FileHandle, sizeBytes: bigint, options: CopyOptions) {
  const buffer = Buffer.alloc(READ_BYTES);
  let dataBytes = 0n;
  let told = 0n;
  for (let position = 0; ; position += READ_BYTES) {
    const { bytesRead } = await from.read(buffer, 0, READ_BYTES, position);
    if (bytesRead === 0) break;
    for (const [start, end] of dataOf(buffer.subarray(0, bytesRead))) {
      await to.write(buffer, start, end - start, position + start);
      dataBytes += BigInt(end - start);
    }
    if (dataBytes - told < STEP_BYTES) continue;
    told = dataBytes;
    options.onProgress?.({ positionBytes: BigInt(position + bytesRead), sizeBytes, dataBytes });
    options.signal?.throwIfAborted();
  }
  options.onProgress?.({ positionBytes: sizeBytes, sizeBytes, dataBytes });
  return dataBytes;
}

/** Runs of blocks that are not all zeros. */
function dataOf(bytes: Buffer): [start: number, end: number][] {
  const runs: [number, number][] = [];
  for (let start = 0; start < bytes.length; start += BLOCK_BYTES) {
    const end = Math.min(start + BLOCK_BYTES, bytes.length);
    if (bytes.subarray(start, end).equals(ZEROS.subarray(0, end - start))) continue;
    const last = runs.at(-1);
    if (last?.[1] === start) last[1] = end;
    else runs.push([start, end]);
  }
  return runs;
}
