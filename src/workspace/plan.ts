import { stat } from "node:fs/promises";
import path from "node:path";
import { type Entry, lookAll, WorkTree } from "./entries.ts";
import { kindOf, readPlainFile } from "./files.ts";
import type { Git } from "./git.ts";
import { filteredFiles, trackedFiles, untrackedFiles } from "./listing.ts";
import { type BytePath, bytesOf, shown } from "./paths.ts";
import { type OpenOptions, openRepository, type Repository } from "./repository.ts";
import { excludesFileOf, type UserHome, userSettings } from "./user-settings.ts";

export interface PlanOptions extends OpenOptions {
  readonly home: UserHome;
  readonly includeUntracked?: boolean;
  /** Submodules too, each with its own history. */
  readonly fullCopy?: boolean;
}

/** What of one repository is copied, and what is not. */
export interface Plan {
  readonly repository: Repository;
  readonly tree: WorkTree;
  /** Where it lies in the outermost checkout; empty for that one itself. */
  readonly prefix: BytePath;
  /** Directories before what is in them. */
  readonly entries: readonly Entry[];
  /** Tracked, but not there. */
  readonly deleted: readonly BytePath[];
  /** Outside of a sparse checkout, and not there. */
  readonly skipped: readonly BytePath[];
  readonly untracked: readonly BytePath[];
  /** Other repositories inside this one. */
  readonly nested: readonly BytePath[];
  /** Not copied; directories stand for them. */
  readonly submodules: readonly BytePath[];
  /** Pipes, sockets, devices. */
  readonly odd: readonly BytePath[];
  readonly notes: readonly string[];
  readonly userSettings: ReadonlyMap<string, string>;
}

/** The plan of the checkout itself, then those of its submodules; their repositories are open until this is disposed of. */
export interface Plans extends AsyncDisposable {
  readonly all: readonly [Plan, ...Plan[]];
}

/**
 * Finds out what would be copied, and reads no more than it needs for that (WS-2). Throws what {@link openRepository} throws, and
 * ERR_WORKSPACE_PATH.
 */
export async function makePlans(git: Git, directory: string, options: PlanOptions): Promise<Plans> {
  const opened: Repository[] = [];
  const close = async () => {
    for (const repository of opened.splice(0)) await repository[Symbol.asyncDispose]();
  };
  const visit = async (at: string, prefix: BytePath): Promise<[Plan, ...Plan[]]> => {
    const repository = await openRepository(git, at, options);
    opened.push(repository);
    const { plan, inner } = await planOf(repository, prefix, settings, options);
    const further: Plan[] = [];
    for (const name of inner) {
      const below = path.join(repository.top, bytesOf(name).toString("utf8"));
      further.push(...(await visit(below, `${prefix}${name}/`)));
    }
    return [plan, ...further];
  };
  const settings = await userSettings(git, options.home, options.signal);
  try {
    return { all: await visit(directory, ""), [Symbol.asyncDispose]: close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function planOf(
  repository: Repository,
  prefix: BytePath,
  settings: ReadonlyMap<string, string>,
  options: PlanOptions,
): Promise<{ plan: Plan; inner: BytePath[] }> {
  const tree = new WorkTree(repository.top);
  const tracked = await trackedFiles(repository);
  const others = await untrackedFiles(repository, await excludesFile(repository, settings, options));
  const untracked = others.filter((name) => !name.endsWith("/") && !tracked.files.has(name));
  const nested = others.filter((name) => name.endsWith("/")).map((name) => name.slice(0, -1));
  const wanted = [...tracked.files, ...(options.includeUntracked ? untracked : [])];
  const looked = await lookAll(tree, wanted);
  const there = wanted.flatMap((name) => {
    const found = looked.get(name);
    return typeof found === "object" && found.kind !== "directory" ? [found] : [];
  });
  const missing = wanted.filter((name) => !isCopied(looked.get(name)) && looked.get(name) !== "odd");
  const submodules = [...tracked.submodules];
  const inner = options.fullCopy ? await populated(repository, submodules) : [];
  const places = await lookAll(tree, submodules);
  const mounts = [...places.values()].filter((each) => typeof each === "object" && each.kind === "directory");
  const directories = await tree.directoriesOf([...there.map((entry) => entry.path), ...submodules]);
  const plan: Plan = {
    repository,
    tree,
    prefix,
    entries: [...directories, ...(mounts as Entry[]), ...there.sort((a, b) => (a.path < b.path ? -1 : 1))],
    deleted: missing.filter((name) => !tracked.skipped.has(name)),
    skipped: missing.filter((name) => tracked.skipped.has(name)),
    untracked: options.includeUntracked ? [] : untracked,
    nested: nested.filter((name) => !tracked.submodules.has(name)),
    submodules: submodules.filter((name) => !inner.includes(name)),
    odd: wanted.filter((name) => looked.get(name) === "odd"),
    notes: await filterNotes(repository, tree, there),
    userSettings: settings,
  };
  return { plan, inner };
}

function isCopied(found: Entry | "gone" | "odd" | undefined): boolean {
  return typeof found === "object" && found.kind !== "directory";
}

/**
 * Submodules that are checked out here, and whose path is text: Node names directories so. Behind a link there would be any repository of
 * this host's, and its history would go to the guest.
 */
async function populated(repository: Repository, submodules: readonly BytePath[]): Promise<BytePath[]> {
  const tree = new WorkTree(repository.top);
  const found: BytePath[] = [];
  for (const name of submodules) {
    const looked = await tree.look(name);
    const text = bytesOf(name).toString("utf8");
    const isDirectory = typeof looked === "object" && looked.kind === "directory";
    if (!isDirectory || !Buffer.from(text).equals(bytesOf(name))) continue;
    if ((await kindOf(path.join(repository.top, text, ".git"))) !== null) found.push(name);
  }
  return found;
}

/** The repository's own choice counts before the user's, as with git; it must be a plain file, since git would read any. */
async function excludesFile(
  repository: Repository,
  settings: ReadonlyMap<string, string>,
  { home }: PlanOptions,
): Promise<string> {
  const own = repository.config.get("core.excludesfile");
  const named = own === undefined ? settings : new Map([["core.excludesfile", own]]);
  const file = path.resolve(repository.top, excludesFileOf(named, home));
  const stats = await stat(file).catch(() => null);
  return stats?.isFile() === true && stats.size < 1024 ** 2 ? file : "/dev/null";
}

const LFS_POINTER = "version https://git-lfs.github.com/spec/";

async function filterNotes(
  repository: Repository,
  tree: WorkTree,
  entries: readonly Entry[],
): Promise<string[]> {
  const files = entries.filter((entry) => entry.kind === "file");
  const filters = await filteredFiles(
    repository,
    files.map((entry) => entry.path),
  );
  const lfs = files.filter((entry) => filters.get(entry.path) === "lfs");
  const pointers = [];
  for (const entry of lfs) {
    const text = entry.size < 1024 ? await readPlainFile(tree.at(entry.path), 1024) : null;
    if (text?.toString("latin1").startsWith(LFS_POINTER)) pointers.push(entry.path);
  }
  const whole = lfs.length - pointers.length;
  const other = [...new Set(filters.values())].filter((name) => name !== "lfs");
  return [
    ...(pointers.length === 0
      ? []
      : [
          `${counted(pointers.length, "file is a Git LFS pointer", "files are Git LFS pointers")}, content is not here: \`git lfs pull\` first (${sample(pointers)})`,
        ]),
    ...(whole === 0
      ? []
      : [
          `${counted(whole, "file is", "files are")} Git LFS's; git in the guest shows them as changed where git-lfs is not installed`,
        ]),
    ...(other.length === 0
      ? []
      : [`filters are not run (${other.join(", ")}): git in the guest may show these files as changed`]),
  ];
}

/** How many, for a line of text. */
export function counted(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** Some of the paths, for a line of text. */
export function sample(paths: readonly BytePath[], most = 3): string {
  const more = paths.length > most ? `, and ${paths.length - most} more` : "";
  return `${paths.slice(0, most).map(shown).join(", ")}${more}`;
}
