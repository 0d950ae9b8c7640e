import { type BytePath, checkInside, joinZ, splitZ } from "./paths.ts";
import type { Repository } from "./repository.ts";

/** What the index and HEAD of a repository name. */
export interface Tracked {
  readonly files: ReadonlySet<BytePath>;
  readonly submodules: ReadonlySet<BytePath>;
  /** Outside of a sparse checkout. */
  readonly skipped: ReadonlySet<BytePath>;
}

const GITLINK = "160000";

/**
 * Tracked is what the index has or HEAD has: after `git reset`, both sides have the same. ERR_WORKSPACE_PATH for an index or a tree that
 * leads elsewhere.
 */
export async function trackedFiles(repository: Repository): Promise<Tracked> {
  const files = new Set<BytePath>();
  const submodules = new Set<BytePath>();
  const skipped = new Set<BytePath>();
  const add = (mode: string | undefined, path: BytePath | undefined) => {
    checkInside(path ?? "");
    (mode === GITLINK ? submodules : files).add(path as BytePath);
  };
  const index = await repository.git(["ls-files", "--stage", "-t", "-z"]);
  for (const line of splitZ(index.stdout)) {
    const [, tag, mode, path] = /^(.) (\d+) [0-9a-f]+ \d\t(.*)$/s.exec(line) ?? [];
    add(mode, path);
    if (tag === "S" && path !== undefined) skipped.add(path);
  }
  if (repository.head !== null) {
    const tree = await repository.git(["ls-tree", "-r", "-z", "--full-tree", repository.head]);
    for (const line of splitZ(tree.stdout)) {
      const [, mode, path] = /^(\d+) \w+ [0-9a-f]+\t(.*)$/s.exec(line) ?? [];
      add(mode, path);
    }
  }
  for (const path of submodules) files.delete(path);
  return { files, submodules, skipped };
}

/** Files that git does not know and does not ignore; nested repositories end with a slash. */
export async function untrackedFiles(repository: Repository, excludesFile: string): Promise<BytePath[]> {
  const { stdout } = await repository.git(["ls-files", "--others", "--exclude-standard", "-z"], {
    config: { "core.excludesFile": excludesFile },
  });
  const paths = splitZ(stdout);
  for (const path of paths) checkInside(path.replace(/\/$/, ""));
  return paths;
}

/** Paths whose content git would pass through a filter, which banger does not run. */
export async function filteredFiles(
  repository: Repository,
  paths: readonly BytePath[],
): Promise<Map<BytePath, string>> {
  const filters = new Map<BytePath, string>();
  if (paths.length === 0) return filters;
  const args = ["check-attr", "-z", "--stdin", "filter"];
  const fields = splitZ((await repository.git(args, { input: joinZ(paths) })).stdout);
  for (let at = 0; at + 2 < fields.length; at += 3) {
    const value = fields[at + 2] as string;
    if (!["unspecified", "unset", "set"].includes(value)) filters.set(fields[at] as BytePath, value);
  }
  return filters;
}
