import { open } from "node:fs/promises";
import { BangerError } from "../../shared/errors.ts";
import type { PatchEntry } from "../patch/entry.ts";
import { unquoted } from "../patch/quote.ts";
import { PatchReader } from "../patch/reader.ts";
import { type BytePath, shown } from "../paths.ts";

/** What has changed in a guest's checkout, as its patch in a file of ours says. */
export interface Export {
  /** Tree that the patch is against, and the one that it makes: object ids, as the guest says. */
  readonly base: string;
  readonly tree: string;
  readonly entries: readonly PatchEntry[];
  /** The patch, checked. */
  readonly file: string;
  readonly bytes: number;
  /** Nested repositories and changes inside of submodules, which the patch does not have; for people. */
  readonly nested: readonly string[];
  readonly submodules: readonly string[];
}

type Head = Pick<Export, "base" | "tree" | "nested" | "submodules">;

/** Of the lines before the patch, and of the notes among them. */
const MAX_HEAD_BYTES = 2 ** 20;
const MAX_NOTES = 1_000;
const OID = "([0-9a-f]{40}|[0-9a-f]{64})";
const HEAD = new RegExp(`^banger-export 1\nbase ${OID}\ntree ${OID}\n((?:(?:nested|submodule) [^\n]+\n)*)$`);

/**
 * Reads what EXPORT_SCRIPT prints; the patch goes to the new file `file`, and is checked on its way (PatchReader). ERR_WORKSPACE_EXPORT
 * (what came is no export), ERR_WORKSPACE_PATCH, ERR_WORKSPACE_PATCH_TOO_LARGE.
 */
export async function receiveExport(
  source: AsyncIterable<Buffer>,
  file: string,
  onBytes: (bytes: number) => void = () => undefined,
): Promise<Export> {
  const reader = new PatchReader();
  let early: Buffer | null = Buffer.alloc(0);
  let head: Head | null = null;
  let bytes = 0;
  await using handle = await open(file, "wx", 0o600);
  for await (const chunk of source) {
    let piece = chunk;
    if (early !== null) {
      early = Buffer.concat([early, chunk]);
      const end = early.indexOf("\npatch\n");
      if (end === -1 && early.length > MAX_HEAD_BYTES) throw notAnExport();
      if (end === -1) continue;
      head = readHead(early.toString("latin1", 0, end + 1));
      piece = early.subarray(end + "\npatch\n".length);
      early = null;
    }
    reader.push(piece);
    await handle.writeFile(piece);
    bytes += piece.length;
    onBytes(bytes);
  }
  if (head === null) throw notAnExport();
  return { ...head, entries: reader.end(), file, bytes };
}

function readHead(text: string): Head {
  const [, base = "", tree = "", notes = ""] = HEAD.exec(text) ?? [];
  if (base === "") throw notAnExport();
  const lines = notes.split("\n").slice(0, MAX_NOTES);
  const named = (label: string) =>
    lines.flatMap((line) => (line.startsWith(`${label} `) ? [nameOf(line.slice(label.length + 1))] : []));
  return { base, tree, nested: named("nested"), submodules: named("submodule") };
}

function nameOf(text: BytePath): string {
  return shown(unquoted(text) ?? text);
}

function notAnExport(): BangerError {
  return new BangerError("ERR_WORKSPACE_EXPORT", "what came from the guest is not the export of a checkout", {
    next: "see whether the guest's sh and git work: `banger vm exec <vm> -- git status`",
  });
}
