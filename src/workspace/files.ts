import { constants } from "node:fs";
import { lstat, open } from "node:fs/promises";
import { BangerError, errorCode } from "../shared/errors.ts";

/**
 * The bytes of a file of somebody else's git directory, or null if there is none. A link, a device or a pipe is not read, nor more than
 * `maxBytes`: ERR_REPOSITORY_FORMAT.
 */
export async function readPlainFile(path: string | Buffer, maxBytes: number): Promise<Buffer | null> {
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK).catch(
    (error: unknown) => {
      if (errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR") return null;
      if (errorCode(error) === "ELOOP") throw notPlain(path, "a symbolic link");
      throw error;
    },
  );
  if (file === null) return null;
  try {
    const stats = await file.stat();
    if (!stats.isFile()) throw notPlain(path, "not a regular file");
    if (stats.size > maxBytes) throw notPlain(path, `larger than ${maxBytes} bytes`);
    return await file.readFile();
  } finally {
    await file.close();
  }
}

/** What a path itself is, without following it; null when there is nothing. */
export async function kindOf(path: string | Buffer): Promise<"file" | "directory" | "link" | "other" | null> {
  try {
    const stats = await lstat(path);
    if (stats.isSymbolicLink()) return "link";
    return stats.isFile() ? "file" : stats.isDirectory() ? "directory" : "other";
  } catch (error) {
    if (errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR") return null;
    throw error;
  }
}

function notPlain(path: string | Buffer, what: string): BangerError {
  return new BangerError("ERR_REPOSITORY_FORMAT", `${String(path)} is ${what}; git makes none such`, {
    next: "make a fresh clone of the repository, and use that",
  });
}
