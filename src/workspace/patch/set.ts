import { type BytePath, parentsOf } from "../paths.ts";
import type { PatchEntry } from "./entry.ts";
import { refused } from "./paths.ts";

export interface SetOptions {
  /** Whether the checkout is on a filesystem that knows no upper and lower case (`core.ignoreCase`). */
  readonly ignoreCase: boolean;
}

/**
 * Whether the files of a patch go together: each is changed once (or removed and then made, as another type), and none that is there
 * afterwards is a directory of another, so that no symlink that the patch makes can lead what follows elsewhere. ERR_WORKSPACE_PATCH.
 */
export function checkSet(entries: readonly PatchEntry[], { ignoreCase }: SetOptions): void {
  const fold = (path: BytePath) => (ignoreCase ? path.toLowerCase() : path);
  const seen = new Map<BytePath, PatchEntry>();
  const kept = new Set<BytePath>();
  for (const entry of entries) {
    const key = fold(entry.path);
    const earlier = seen.get(key);
    const isTypeChange = earlier?.after === null && entry.before === null && earlier.path === entry.path;
    if (earlier !== undefined && !isTypeChange) throw refused(entry.path, "is changed twice");
    seen.set(key, entry);
    if (entry.after !== null) kept.add(key);
  }
  for (const path of kept) {
    const above = parentsOf(path).find((parent) => kept.has(parent));
    if (above !== undefined) throw refused(path, "is in a directory that would be a file or a link");
  }
}
