import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import type { PatchEntry } from "./entry.ts";

/** Writes those parts of a patch that are of these entries, in their order, to the new file `target`. */
export async function selectEntries(
  source: string,
  entries: readonly Pick<PatchEntry, "start" | "end">[],
  target: string,
): Promise<void> {
  await using handle = await open(target, "wx", 0o600);
  for (const { start, end } of joined(entries)) {
    for await (const chunk of createReadStream(source, { start, end: end - 1 })) {
      await handle.writeFile(chunk as Buffer);
    }
  }
}

/** Parts that follow each other are read as one. */
function joined(entries: readonly Pick<PatchEntry, "start" | "end">[]): { start: number; end: number }[] {
  const parts: { start: number; end: number }[] = [];
  for (const { start, end } of entries) {
    const last = parts.at(-1);
    if (last?.end === start) last.end = end;
    else parts.push({ start, end });
  }
  return parts;
}
