import type { PatchEntry } from "../../workspace/patch/entry.ts";
import { type BytePath, bytesOf, shown } from "../../workspace/paths.ts";
import type { Style } from "./style.ts";

/** What a patch does to a file, for people: git's letters, with R for one that moved unchanged. */
export interface Change {
  readonly status: "A" | "D" | "M" | "R" | "T";
  readonly path: BytePath;
  readonly from: BytePath | null;
  readonly mode: string;
  readonly binary: boolean;
  readonly added: number;
  readonly removed: number;
}

/** One per path: the two halves of a change of type are joined, and so are a file that is gone and the one that has its content. */
export function changesOf(entries: readonly PatchEntry[]): Change[] {
  const gone = new Map<string, PatchEntry>();
  const replaced = new Set(entries.filter(({ before }) => before === null).map(({ path }) => path));
  for (const entry of entries) {
    const moves = entry.after === null && !replaced.has(entry.path) && entry.added + entry.removed > 0;
    if (moves || (entry.after === null && entry.binary)) gone.set(keyOf(entry.before), entry);
  }
  const changes: Change[] = [];
  const moved = new Set<BytePath>();
  const removed = new Map<BytePath, PatchEntry>();
  for (const entry of entries) if (entry.after === null) removed.set(entry.path, entry);
  for (const entry of entries.filter(({ after }) => after !== null)) {
    const half = removed.get(entry.path);
    const source = entry.before === null && half === undefined ? gone.get(keyOf(entry.after)) : undefined;
    if (source !== undefined && !moved.has(source.path) && !replaced.has(source.path)) {
      moved.add(source.path);
      changes.push({ ...change(entry, "R"), from: source.path, added: 0, removed: 0 });
    } else if (half !== undefined) {
      changes.push({ ...change(entry, "T"), removed: half.removed });
    } else {
      changes.push(change(entry, entry.before === null ? "A" : "M"));
    }
  }
  const deleted = [...removed.values()].filter(({ path }) => !moved.has(path) && !replaced.has(path));
  changes.push(...deleted.map((entry) => change(entry, "D")));
  return changes.sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

/** `M  src/main.c  +3 -1` for each, and a sum. */
export function renderChanges(changes: readonly Change[], style: Style): string {
  const lines = changes.map((each) => {
    const name = each.from === null ? shown(each.path) : `${shown(each.from)} -> ${shown(each.path)}`;
    return `${each.status}  ${name}${countsOf(each, style)}\n`;
  });
  const sum = (of: (each: Change) => number) => changes.reduce((total, each) => total + of(each), 0);
  const files = `${changes.length} file${changes.length === 1 ? "" : "s"} changed`;
  return `${lines.join("")}${files}, +${sum((each) => each.added)} -${sum((each) => each.removed)} lines\n`;
}

/** The same for programs. `path` is for people; `bytes` is there where that is not the name itself. */
export function changeJson(each: Change): Record<string, unknown> {
  const text = shown(each.path);
  const isName = Buffer.from(text, "utf8").equals(bytesOf(each.path));
  return {
    status: each.status,
    path: text,
    ...(isName ? {} : { pathBase64: bytesOf(each.path).toString("base64") }),
    ...(each.from === null ? {} : { from: shown(each.from) }),
    mode: each.mode,
    binary: each.binary,
    added: each.added,
    removed: each.removed,
  };
}

function countsOf({ status, binary, added, removed }: Change, style: Style): string {
  if (binary) return status === "R" ? "" : "  binary";
  const plus = added === 0 ? "" : ` ${style.green(`+${added}`)}`;
  const minus = removed === 0 ? "" : ` ${style.red(`-${removed}`)}`;
  return plus + minus === "" ? "" : ` ${plus}${minus}`;
}

function change(entry: PatchEntry, status: Change["status"]): Change {
  const { path, binary, added, removed } = entry;
  return {
    status,
    path,
    from: null,
    mode: (entry.after ?? entry.before)?.mode ?? "",
    binary,
    added,
    removed,
  };
}

function keyOf(version: PatchEntry["before"]): string {
  return `${version?.mode} ${version?.oid}`;
}
