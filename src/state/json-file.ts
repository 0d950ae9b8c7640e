import { readFile, rename, rm, writeFile } from "node:fs/promises";
import type { z } from "zod";
import { BangerError, errorCode, errorMessage } from "../shared/errors.ts";
import { explainFullFile } from "../shared/space.ts";

/** Where the next text is written: always the same, so that what a crash leaves of it goes with the next one. One writer at a time. */
const beside = (file: string) => `${file}.tmp`;

/**
 * Replaces `file` by `value` as JSON, 0600. Readers see the old or the new text, never half of one: it is written beside and renamed.
 * It is not fsync'ed: what it tells of (processes, kernel objects) does not outlive a loss of power either, and a crash of the
 * daemon loses nothing of the page cache.
 */
export async function writeJsonFile(file: string, value: unknown): Promise<void> {
  try {
    await writeFile(beside(file), `${JSON.stringify(value, replaceBigInt)}\n`, { mode: 0o600 });
    await rename(beside(file), file);
  } catch (cause) {
    await rm(beside(file), { force: true });
    throw explainFullFile(cause, file);
  }
}

/** Not there is a success. */
export async function removeJsonFile(file: string): Promise<void> {
  for (const each of [beside(file), file]) await rm(each, { force: true });
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
