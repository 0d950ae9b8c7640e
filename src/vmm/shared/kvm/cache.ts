import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { z } from "zod";
import type { KvmVerdict } from "./verdict.ts";

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

/** Atomically. Never rejects: where it cannot be written (a full /run) the verdict is not kept, and the next process asks again. */
export async function writeVerdict(
  file: string,
  key: string,
  { works, reason, output }: KvmVerdict,
): Promise<void> {
  const next = `${file}.${process.pid}`;
  try {
    await writeFile(next, JSON.stringify({ key, works, reason, output }), { mode: 0o600 });
    await rename(next, file);
  } catch {
    await rm(next, { force: true }).catch(() => undefined);
  }
}
