import { type FileHandle, open, stat } from "node:fs/promises";
import { errorCode } from "./errors.ts";

const CHUNK_BYTES = 64 * 1024;
/** How often a followed file is looked at, in milliseconds; inotify says nothing of a rotation by another name. */
const POLL_MS = 150;
const NEWLINE = 0x0a;

export interface FollowOptions {
  readonly follow: boolean;
  /** Only the last so many lines of what is there; null: all of it. */
  readonly tailLines: number | null;
  readonly signal: AbortSignal;
  /** False once no more can come: what is there is still read to its end. */
  readonly isLive: () => boolean;
}

/**
 * A log that is renamed to `<file>.1` when it is full: the rotated part, the current one, then, with `follow`, what comes. The file that is
 * read stays open over a rotation, so nothing between the last read and the rename is lost. Nothing where there is no file.
 */
export async function* followFile(file: string, options: FollowOptions): AsyncGenerator<Buffer> {
  const { follow, signal, isLive } = options;
  let reading = await begin(file, options.tailLines);
  try {
    for (;;) {
      // Asked before the read: what was written before the end is read.
      const live = isLive();
      reading ??= await openAt(file);
      if (reading !== null) yield* rest(reading);
      if (signal.aborted) return;
      const next: Reading | null = reading === null ? null : await successor(file, reading);
      if (next !== null) {
        // Its writer has let go of it before the new file came to be: this is its true end.
        yield* rest(reading as Reading);
        await reading?.file.close();
        reading = next;
        continue;
      }
      if (!follow || !live) return;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  } finally {
    await reading?.file.close();
  }
}

interface Reading {
  readonly file: FileHandle;
  readonly inode: bigint;
  position: number;
}

async function openAt(path: string): Promise<Reading | null> {
  try {
    const file = await open(path, "r");
    return { file, inode: (await file.stat({ bigint: true })).ino, position: 0 };
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    throw error;
  }
}

/** The file to begin with, at the place to begin at. The current one is opened first: should it be rotated meanwhile, both are the same. */
async function begin(path: string, tailLines: number | null): Promise<Reading | null> {
  const current = await openAt(path);
  const rotated = await openAt(`${path}.1`);
  if (rotated === null || rotated.inode === current?.inode) {
    await rotated?.file.close();
    if (current !== null && tailLines !== null) await seekTail([current], tailLines);
    return current;
  }
  const both = current === null ? [rotated] : [rotated, current];
  const first = tailLines === null ? rotated : await seekTail(both, tailLines);
  for (const each of both) if (each !== first) await each.file.close();
  return first;
}

/** Puts the right one of the files (oldest first) at the begin of the last `lines` lines of all of them together. */
async function seekTail(files: readonly Reading[], lines: number): Promise<Reading> {
  let left: number | null = null;
  for (const reading of files.toReversed()) {
    let end = (await reading.file.stat()).size;
    while (end > 0) {
      const from = Math.max(0, end - CHUNK_BYTES);
      const chunk = await readAt(reading.file, from, end - from);
      // The newline that ends the last line begins none.
      left ??= lines + (chunk.at(-1) === NEWLINE ? 1 : 0);
      for (let at = chunk.length; left > 0 && at > 0; ) {
        at = chunk.lastIndexOf(NEWLINE, at - 1);
        if (at === -1) break;
        left -= 1;
        if (left === 0) reading.position = from + at + 1;
      }
      if (lines === 0 && left === 0 && reading.position === 0) reading.position = end;
      if (left === 0) return reading;
      end = from;
    }
  }
  return files[0] as Reading;
}

/** What comes after the file that is read, once its name stands for another: nothing while it does not. */
async function successor(path: string, reading: Reading): Promise<Reading | null> {
  const named = await stat(path, { bigint: true }).catch(() => null);
  if (named === null || named.ino === reading.inode) return null;
  const rotated = await openAt(`${path}.1`);
  // Rotated twice since the last look: what was written between is there.
  if (rotated !== null && rotated.inode !== reading.inode) return rotated;
  await rotated?.file.close();
  return openAt(path);
}

async function* rest(reading: Reading): AsyncGenerator<Buffer> {
  for (;;) {
    const chunk = await readAt(reading.file, reading.position, CHUNK_BYTES);
    if (chunk.length === 0) return;
    reading.position += chunk.length;
    yield chunk;
  }
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(length);
  const { bytesRead } = await file.read(buffer, 0, length, position);
  return buffer.subarray(0, bytesRead);
}
