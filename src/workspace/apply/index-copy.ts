import { stat, utimes, writeFile } from "node:fs/promises";
import path from "node:path";
import { readPlainFile } from "../files.ts";
import { type BytePath, joinZ, splitZ } from "../paths.ts";
import type { Repository } from "../repository.ts";
import type { Places } from "./places.ts";

const MAX_INDEX_BYTES = 2 ** 30;

/** `<mode> <oid> <stage>` of each path of an index; several, joined by commas, of a path with conflicts. */
export type IndexEntries = ReadonlyMap<BytePath, string>;

/** Settings of a repository that decide how its files are read and written; they name no program. */
export function fileSettings(repository: Pick<Repository, "config">): Record<string, string> {
  const names = ["core.autocrlf", "core.eol", "core.filemode", "core.ignorecase", "core.symlinks"];
  const own = names.flatMap((name) => {
    const value = repository.config.get(name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return {
    ...Object.fromEntries(own),
    // A link to a shared index would be of the shadow's.
    "core.splitIndex": "false",
    "core.protectHFS": "true",
    "core.protectNTFS": "true",
  };
}

/**
 * A copy of the checkout's index. It is as old as the original or older: of files that are as new as the index that lists them, git
 * looks at the content.
 */
export async function copyIndex(repository: Repository, name: string): Promise<string> {
  const original = path.join(repository.gitDir, "index");
  const copy = path.join(repository.shadow, name);
  const bytes = await readPlainFile(original, MAX_INDEX_BYTES);
  if (bytes === null) return copy;
  const { mtimeMs } = await stat(original);
  await writeFile(copy, bytes, { mode: 0o600 });
  const seconds = Math.floor(mtimeMs / 1000);
  await utimes(copy, seconds, seconds);
  return copy;
}

/** Writes what the checkout has at these places into an index of ours, whatever flags say that git need not look. */
export async function addPlaces(
  repository: Repository,
  indexFile: string,
  { none, files }: Places,
  objectDirectory?: string,
): Promise<void> {
  const where = {
    indexFile,
    config: fileSettings(repository),
    ...(objectDirectory === undefined ? {} : { objectDirectory }),
  };
  const stdin = ["-z", "--stdin"];
  const listed = await entriesOf(repository, indexFile);
  const known = [...files].filter((each) => listed.has(each));
  if (known.length > 0) {
    await repository.git(["update-index", "--no-assume-unchanged", ...stdin], {
      ...where,
      input: joinZ(known),
    });
  }
  const gone = [...none].filter((each) => listed.get(each)?.startsWith("160000") !== true);
  if (gone.length > 0) {
    await repository.git(["update-index", "--force-remove", ...stdin], { ...where, input: joinZ(gone) });
  }
  const args = ["update-index", "--add", "--remove", "--replace", "--ignore-skip-worktree-entries", ...stdin];
  await repository.git(args, { ...where, input: joinZ(files) });
}

export async function entriesOf(repository: Repository, indexFile: string): Promise<IndexEntries> {
  const { stdout } = await repository.git(["ls-files", "--stage", "-z"], {
    indexFile,
    config: fileSettings(repository),
  });
  const entries = new Map<BytePath, string>();
  for (const field of splitZ(stdout)) {
    const tab = field.indexOf("\t");
    const name = field.slice(tab + 1);
    const before = entries.get(name);
    entries.set(name, before === undefined ? field.slice(0, tab) : `${before},${field.slice(0, tab)}`);
  }
  return entries;
}
