import { constants } from "node:fs";
import { type FileHandle, open, rm } from "node:fs/promises";
import type { CopyOptions } from "../host-ops.ts";

const BLOCK_BYTES = 4096;
const ZEROS = Buffer.alloc(BLOCK_BYTES);
const READ_BYTES = 1024 * 1024;
/** So often the real one tells its progress. */
const STEP_BYTES = 16n * 1024n * 1024n;

/** A new file with a hole wherever the source has a block of zeros; it is taken away after a failure. Returns the bytes of data. */
export async function sparseCopy(source: string, target: string, options: CopyOptions = {}): Promise<bigint> {
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
