import type { BytePath } from "../paths.ts";

export type FileMode = "100644" | "100755" | "120000" | "160000";

/** One side of a change. */
export interface Version {
  readonly mode: FileMode;
  /** Object id, in full; null where only the mode changes: git does not write it then. */
  readonly oid: string | null;
}

/** What a patch does to one path. A file that becomes a symlink is two: removed, then made. */
export interface PatchEntry {
  readonly path: BytePath;
  /** Null: it is made. */
  readonly before: Version | null;
  /** Null: it is removed. */
  readonly after: Version | null;
  readonly binary: boolean;
  /** Lines; 0 of binary files. */
  readonly added: number;
  readonly removed: number;
  /** Where it is in the patch, in bytes; `end` is the first byte after it. */
  readonly start: number;
  readonly end: number;
}
