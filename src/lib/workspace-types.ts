import type { Applied } from "../workspace/apply/apply.ts";
import type { FileMode } from "../workspace/patch/entry.ts";
import type { Prepared } from "../workspace/prepare.ts";

/** What every call of `vm.workspace` takes. */
export interface TransferOptions {
  /** Told now and then how many bytes have gone, or come. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
  /** Ends it; rejects with its reason. Nothing is left of a copy, or of a patch that was being applied. */
  readonly signal?: AbortSignal | undefined;
}

/** How a checkout is copied. */
export interface WorkspacePrepareOptions extends TransferOptions {
  /** A new branch, in the guest only. */
  readonly branch?: string | undefined;
  /** The commit that `branch` begins at; HEAD unless given. */
  readonly from?: string | undefined;
  /** Files that git does not know, too; never those that it ignores. */
  readonly includeUntracked?: boolean | undefined;
  /** Submodules that are checked out, too. */
  readonly fullCopy?: boolean | undefined;
  /** Replaces /root/repo, and all that is in it. */
  readonly force?: boolean | undefined;
}

/** What was copied: `update` is only what the guest had not. `notes` say what was left out, a line each. */
export interface WorkspacePrepared extends Prepared {
  readonly notes: readonly string[];
}

/** What is taken back. */
export interface WorkspaceExportOptions extends TransferOptions {
  /** A commit that the guest's repository has; what was prepared, unless given. */
  readonly baseCommit?: string | undefined;
  /** The checkout in the guest, an absolute path; `/root/repo` unless given. */
  readonly directory?: string | undefined;
}

/** A path that a patch changes; one that becomes another type (a file, a symlink) is there twice, removed and made. */
export interface WorkspaceChange {
  /** For people: what is no text has escapes. */
  readonly path: string;
  readonly pathBytes: Buffer;
  /** Null: it is made. */
  readonly modeBefore: FileMode | null;
  /** Null: it is removed. */
  readonly modeAfter: FileMode | null;
  readonly binary: boolean;
  /** Lines; 0 of binary files. */
  readonly added: number;
  readonly removed: number;
}

/** A patch that `git apply` takes, and what is not in it. */
export interface WorkspaceExport {
  /** Trees that it is between, by their object ids, as the guest says. */
  readonly base: string;
  readonly tree: string;
  readonly patchBytes: number;
  readonly changes: readonly WorkspaceChange[];
  /** Left out: repositories inside the checkout, and submodules with uncommitted changes. For people. */
  readonly nested: readonly string[];
  readonly submodules: readonly string[];
}

/** What became of a patch in a checkout; `changes` without what it had already. */
export interface WorkspaceApplied extends Omit<WorkspaceExport, "patchBytes"> {
  readonly how: Applied["how"];
  /** Paths, for people. */
  readonly conflicts: readonly string[];
  /** Changed, but not staged, since they had unstaged changes. */
  readonly unstaged: readonly string[];
}
