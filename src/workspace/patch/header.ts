import type { BytePath } from "../paths.ts";
import type { FileMode, Version } from "./entry.ts";
import { quoted, unquoted } from "./quote.ts";

const MODES: ReadonlySet<string> = new Set(["100644", "100755", "120000", "160000"]);
const OID = "(?:[0-9a-f]{40}|[0-9a-f]{64})";
const INDEX = new RegExp(`^index (${OID})\\.\\.(${OID})(?: ([0-7]{6}))?$`);

/** What is said of a file before its content. */
export interface Header {
  readonly path: BytePath;
  readonly before: Version | null;
  readonly after: Version | null;
}

export const DIFF = "diff --git ";

/**
 * Reads the lines of one file's header, from `diff --git` on. Only what `git diff-tree --full-index --no-renames` writes is one, in its
 * order: null for anything else, such as names that differ, a mode of another type, or a line that git would pass over.
 */
export function parseHeader(lines: readonly string[]): Header | null {
  const path = pathOf(lines[0] ?? "");
  if (path === null) return null;
  const rest = lines.slice(1);
  const made = modeOf(rest[0], "new file mode ");
  const removed = modeOf(rest[0], "deleted file mode ");
  const old = modeOf(rest[0], "old mode ");
  const changed = old === null ? null : modeOf(rest[1], "new mode ");
  if (old !== null && (changed === null || old === changed || typeOf(old) !== typeOf(changed))) return null;
  rest.splice(0, old !== null ? 2 : made !== null || removed !== null ? 1 : 0);
  if (rest.length === 0) {
    return old === null ? null : { path, before: at(old, null), after: at(changed, null) };
  }
  const [, from = "", to = "", mode] = INDEX.exec(rest[0] ?? "") ?? [];
  if (rest.length !== 1 || from.length !== to.length || from === to) return null;
  const kept = mode === undefined ? null : asMode(mode);
  // The index line tells the mode where nothing else does, and only there.
  if ((kept === null) !== (made !== null || removed !== null || old !== null)) return null;
  if (mode !== undefined && kept === null) return null;
  const before = at(made === null ? (removed ?? old ?? kept) : null, from);
  const after = at(removed === null ? (made ?? changed ?? kept) : null, to);
  return isNone(from) === (before === null) && isNone(to) === (after === null)
    ? { path, before, after }
    : null;
}

/** The lines `---` and `+++` that git writes before the first hunk. */
export function nameLines({ path, before, after }: Header): [string, string] {
  // After a name with a blank in it git writes a tab, so that others do not take what follows for a date.
  const line = (mark: string, prefix: string, version: Version | null) => {
    const name = version === null ? "/dev/null" : quoted(prefix + path);
    return `${mark} ${name}${name.includes(" ") ? "\t" : ""}`;
  };
  return [line("---", "a/", before), line("+++", "b/", after)];
}

/** `diff --git a/P b/P`: the same path twice, so that the middle is known also where it has blanks. */
function pathOf(line: string): BytePath | null {
  const names = line.slice(DIFF.length);
  const middle = (names.length - 1) / 2;
  const path = Number.isInteger(middle) ? unquoted(names.slice(0, middle))?.slice(2) : undefined;
  if (path === undefined || path === "") return null;
  return line === `${DIFF}${quoted(`a/${path}`)} ${quoted(`b/${path}`)}` ? path : null;
}

function modeOf(line: string | undefined, label: string): FileMode | null {
  return line?.startsWith(label) === true ? asMode(line.slice(label.length)) : null;
}

function asMode(text: string): FileMode | null {
  return MODES.has(text) ? (text as FileMode) : null;
}

function typeOf(mode: FileMode): string {
  return mode.slice(0, 3);
}

function at(mode: FileMode | null, oid: string | null): Version | null {
  return mode === null ? null : { mode, oid };
}

function isNone(oid: string): boolean {
  return /^0+$/.test(oid);
}

const EMPTY: ReadonlySet<string> = new Set([
  "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391",
  "473a0f4c3be8a93681a267e3b1e9a7dcda1185436fe141f7749120a303721813",
]);

/** Whether git writes no content after this header: a mode alone changes, or an empty file is made or removed. */
export function isEmptyFile({ before, after }: Header): boolean {
  if (before !== null && after !== null) return before.oid === null;
  const mode = (before ?? after)?.mode;
  return mode?.startsWith("100") === true && EMPTY.has((before ?? after)?.oid ?? "");
}
