import { readFile, rm } from "node:fs/promises";
import type { z } from "zod";
import type { FileOps } from "../host/host-ops.ts";
import { besideOf } from "../shared/beside.ts";
import { BangerError, errorCode, errorMessage } from "../shared/errors.ts";
import { explainFullFile } from "../shared/space.ts";

/** What of the host such files are written by. */
export type FileWriter = Pick<FileOps, "replace">;

/**
 * Replaces `file` by `value` as JSON, 0600: readers see the old or the new text, never half of one. It is not fsync'ed: what it tells of
 * (processes, kernel objects) does not outlive a loss of power either, and a crash of the daemon loses nothing of the page cache.
 */
export async function writeJsonFile(files: FileWriter, file: string, value: unknown): Promise<void> {
  try {
    await files.replace(file, { mode: 0o600, text: `${JSON.stringify(value, replaceBigInt)}\n` });
  } catch (cause) {
    throw explainFullFile(cause, file);
  }
}

/** Not there is a success. */
export async function removeJsonFile(file: string): Promise<void> {
  for (const each of [besideOf(file), file]) await rm(each, { force: true });
}

/** Reads and checks `file`; null where there is none. Throws ERR_STATE_FILE_INVALID, which names it. */
export async function readJsonFile<T>(file: string, schema: z.ZodType<T>): Promise<T | null> {
  try {
    return schema.parse(JSON.parse(await readFile(file, "utf8")));
  } catch (cause) {
    if (errorCode(cause) === "ENOENT") return null;
    throw new BangerError("ERR_STATE_FILE_INVALID", `${file} cannot be read: ${errorMessage(cause)}`, {
      next: "move the file away",
      details: { file },
      cause,
    });
  }
}

function replaceBigInt(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}
