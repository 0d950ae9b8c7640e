import { statfs } from "node:fs/promises";
import { BangerError, errorCode } from "./errors.ts";

const CODES = new Set(["ENOSPC", "EDQUOT", "SQLITE_FULL", "ERR_HOST_NO_SPACE"]);

/** Bytes of the filesystem of `directory`, which must exist: those that a process of ours may still write, and all. */
export async function freeBytes(directory: string): Promise<{ free: number; total: number }> {
  const { bavail, blocks, bsize } = await statfs(directory);
  return { free: bavail * bsize, total: blocks * bsize };
}

/** Whether it failed for want of space or quota, whoever said so. */
export function isNoSpace(error: unknown): boolean {
  return CODES.has(errorCode(error));
}

/** A small file could not be written. ERR_NO_SPACE. */
export function noSpaceToWrite(file: string, cause: unknown): BangerError {
  return new BangerError("ERR_NO_SPACE", `no space is left to write ${file}`, {
    next: "free some space on that filesystem and try again",
    cause,
  });
}
