import { type FileHandle, open, stat } from "node:fs/promises";
import { BangerError, errorCode, errorMessage } from "../shared/errors.ts";
import type { CliContext } from "./context.ts";
import { writeAll } from "./output.ts";

const POLL_MS = 200;
const CHUNK_BYTES = 64 * 1024;

/** Prints a file and, with `follow`, what is added to it, also after it was rotated. ERR_NO_LOG. */
export async function followFile(context: CliContext, path: string, follow: boolean): Promise<void> {
  for (;;) {
    const file = await openLog(path);
    try {
      await printRest(context, file);
      while (follow && (await isSame(path, file))) {
        await new Promise((resolve) => setTimeout(resolve, POLL_MS));
        await printRest(context, file);
      }
    } finally {
      await file.close();
    }
    if (!follow) return;
  }
}

async function openLog(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r");
  } catch (cause) {
    const missing = errorCode(cause) === "ENOENT";
    throw new BangerError(
      "ERR_NO_LOG",
      missing ? `there is no log yet: ${path}` : `${path} cannot be read: ${errorMessage(cause)}`,
      { next: missing ? "start the daemon: `banger daemon start`" : "run it as root, with sudo", cause },
    );
  }
}

async function printRest(context: CliContext, file: FileHandle): Promise<void> {
  const buffer = Buffer.alloc(CHUNK_BYTES);
  for (;;) {
    const { bytesRead } = await file.read(buffer, 0, CHUNK_BYTES, null);
    if (bytesRead === 0) return;
    await writeAll(context.stdout, buffer.subarray(0, bytesRead));
  }
}

/** False once the name stands for another file. While it stands for none, a new one is about to come. */
async function isSame(path: string, file: FileHandle): Promise<boolean> {
  const [named, ours] = await Promise.all([stat(path).catch(() => null), file.stat()]);
  return named === null || (named.ino === ours.ino && named.dev === ours.dev);
}
