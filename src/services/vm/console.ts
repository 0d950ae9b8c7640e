import { type FileHandle, open, stat } from "node:fs/promises";
import { errorCode } from "../../shared/errors.ts";

const CHUNK_BYTES = 64 * 1024;
/** How often a followed log is looked at, in milliseconds; inotify says nothing of a rotation by another name. */
const POLL_MS = 150;

export interface ConsoleOptions {
  readonly follow: boolean;
  readonly signal: AbortSignal;
  /** False once no more can come: what is there is still read to its end. */
  readonly isLive: () => boolean;
}

/** A guest's console: the rotated part first, then the current one, then, with `follow`, what comes, over rotations, until the VM ends. */
export async function* readConsole(file: string, options: ConsoleOptions): AsyncGenerator<Buffer> {
  yield* readFrom(`${file}.1`, 0);
  let inode: bigint | null = null;
  let position = 0;
  for (;;) {
    const live = options.isLive();
    const now = await inodeOf(file);
    if (now !== inode) {
      inode = now;
      position = 0;
    }
    for await (const chunk of readFrom(file, position)) {
      position += chunk.length;
      yield chunk;
    }
    if (!options.follow || !live || options.signal.aborted) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Nothing where there is no file: a VM that never started has no console. */
async function* readFrom(file: string, start: number): AsyncGenerator<Buffer> {
  let handle: FileHandle;
  try {
    handle = await open(file, "r");
  } catch (error) {
    if (errorCode(error) === "ENOENT") return;
    throw error;
  }
  try {
    for (let position = start; ; ) {
      const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
      const { bytesRead } = await handle.read(buffer, 0, CHUNK_BYTES, position);
      if (bytesRead === 0) return;
      position += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await handle.close();
  }
}

async function inodeOf(file: string): Promise<bigint | null> {
  return stat(file, { bigint: true }).then(
    (info) => info.ino,
    () => null,
  );
}
