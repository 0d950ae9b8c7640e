import { readFile, rename, writeFile } from "node:fs/promises";
import { z } from "zod";
import { errorCode } from "../../../shared/errors.ts";
import type { KvmVerdict } from "./probe.ts";

const schema = z.object({ key: z.string(), works: z.boolean(), reason: z.string(), output: z.string() });

/** What was found under the same key; null where there is nothing that can be read. */
export async function readVerdict(file: string, key: string): Promise<KvmVerdict | null> {
  try {
    const { key: of, ...verdict } = schema.parse(JSON.parse(await readFile(file, "utf8")));
    return of === key ? { ...verdict, lasting: true } : null;
  } catch {
    return null;
  }
}

/** Atomically; where the directory is not there (no daemon has run since the boot) the verdict is not kept. */
export async function writeVerdict(
  file: string,
  key: string,
  { works, reason, output }: KvmVerdict,
): Promise<void> {
  const next = `${file}.${process.pid}`;
  try {
    await writeFile(next, JSON.stringify({ key, works, reason, output }), { mode: 0o600 });
    await rename(next, file);
  } catch (error) {
    if (errorCode(error) !== "ENOENT") throw error;
  }
}
