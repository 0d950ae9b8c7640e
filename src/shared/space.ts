import { statfs } from "node:fs/promises";
import path from "node:path";
import { BangerError, errorCode } from "./errors.ts";
import { formatSize } from "./size.ts";

const CODES = new Set(["ENOSPC", "EDQUOT", "SQLITE_FULL", "ERR_HOST_NO_SPACE"]);

/** What to do about a full disk, wherever it is met. */
export const MAKE_SPACE =
  "free some space there, delete VMs (`banger vm list --all`), or set XDG_STATE_HOME to a larger disk";

/** Bytes of the filesystem of `directory`, which must exist: those that a process of ours may still write, and all. */
export async function freeBytes(directory: string): Promise<{ free: number; total: number }> {
  const { bavail, blocks, bsize } = await statfs(directory);
  return { free: bavail * bsize, total: blocks * bsize };
}

/** Whether it failed for want of space or quota, whoever said so. */
export function isNoSpace(error: unknown): boolean {
  return CODES.has(errorCode(error));
}

export interface Shortage {
  /** What there is no room for: `the root disk`. */
  readonly what: string;
  readonly directory: string;
  /** All that it takes; null where that is little, or not known. */
  readonly neededBytes: number | null;
  /** Null where it could not be told. */
  readonly freeBytes: number | null;
}

/** ERR_NO_SPACE: the one way in which it is said. */
export function noSpace(shortage: Shortage, cause?: unknown): BangerError {
  const { what, directory, neededBytes, freeBytes } = shortage;
  const needs = neededBytes === null ? [] : [`it takes up to ${formatSize(neededBytes)}`];
  const has = freeBytes === null ? [] : [`${formatSize(freeBytes)} are free`];
  const figures = [...needs, ...has].join(", ");
  return new BangerError(
    "ERR_NO_SPACE",
    `no space left for ${what} in ${directory}${figures === "" ? "" : `: ${figures}`}`,
    { next: MAKE_SPACE, details: { ...shortage }, ...(cause === undefined ? {} : { cause }) },
  );
}

/** Of a single file: ext4 ends at 16 TiB, and other filesystems elsewhere. */
function isTooLarge(error: unknown): boolean {
  const errno = error instanceof Error && "errnoCode" in error ? error.errnoCode : errorCode(error);
  return errno === "EFBIG";
}

/**
 * A full disk becomes ERR_NO_SPACE, naming what was made, where (the directory of `target`), and how much it takes; a size that no file has there
 * ERR_FILE_TOO_LARGE; any other error stays what it is.
 */
export async function explainNoSpace(
  error: unknown,
  what: string,
  target: string,
  neededBytes: number | null,
): Promise<unknown> {
  const directory = path.dirname(target);
  if (isTooLarge(error))
    return new BangerError(
      "ERR_FILE_TOO_LARGE",
      `${what} would be larger than a file can be in ${directory}`,
      {
        next: "give a smaller --disk-size or --system-overlay-size, or set XDG_STATE_HOME to a filesystem with larger files, such as XFS",
        details: { what, directory },
        cause: error,
      },
    );
  if (!isNoSpace(error)) return error;
  const free = await freeBytes(directory).then(
    (found) => found.free,
    () => null,
  );
  return noSpace({ what, directory, neededBytes, freeBytes: free }, error);
}

/** The same for a small file, of which nobody has to know how much it takes. */
export function explainFullFile(error: unknown, file: string): unknown {
  if (!isNoSpace(error)) return error;
  const { dir: directory, base: what } = path.parse(file);
  return noSpace({ what, directory, neededBytes: null, freeBytes: null }, error);
}
