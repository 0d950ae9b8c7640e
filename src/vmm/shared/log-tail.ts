import { type FSWatcher, watch } from "node:fs";
import { copyFile, open, stat, truncate } from "node:fs/promises";
import { errorCode } from "../../shared/errors.ts";

const TAIL_BYTES = 8192;
const TAIL_LINES = 20;
/** A VMM that behaves prints a few lines; a guest that makes it complain must not fill the disk (VMM-2). */
const VMM_LOG_BYTES = 2 ** 20;

/** The last lines of a log; empty where there is none. */
export async function logTail(path: string): Promise<string> {
  try {
    const file = await open(path, "r");
    try {
      const { size } = await file.stat();
      const length = Math.min(size, TAIL_BYTES);
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, size - length);
      const lines = buffer.toString("utf8", 0, bytesRead).trimEnd().split("\n");
      return lines.slice(-TAIL_LINES).join("\n");
    } finally {
      await file.close();
    }
  } catch (error) {
    if (errorCode(error) === "ENOENT") return "";
    throw error;
  }
}

/**
 * Keeps a log that another process appends to below its cap, one copy back (`<path>.1`): its descriptor cannot be exchanged, so the
 * file is copied and truncated; what is written between the two is lost. Close the result to end it.
 */
export function capForeignLog(path: string, capBytes: number = VMM_LOG_BYTES): FSWatcher | null {
  let busy = false;
  const check = async () => {
    if (busy) return;
    busy = true;
    try {
      if ((await stat(path)).size <= capBytes) return;
      await copyFile(path, `${path}.1`);
      await truncate(path);
    } catch (error) {
      if (errorCode(error) !== "ENOENT") throw error;
    } finally {
      busy = false;
    }
  };
  try {
    return watch(path, { persistent: false }, () => void check().catch(() => undefined)).on(
      "error",
      () => undefined,
    );
  } catch {
    return null;
  }
}
