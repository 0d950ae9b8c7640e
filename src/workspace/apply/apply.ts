import path from "node:path";
import { BangerError } from "../../shared/errors.ts";
import type { ConfigData } from "../config-data.ts";
import type { Export } from "../export/receive.ts";
import type { PatchEntry } from "../patch/entry.ts";
import { selectEntries } from "../patch/select.ts";
import { checkSet } from "../patch/set.ts";
import { type BytePath, joinZ, shown, splitZ } from "../paths.ts";
import type { Repository } from "../repository.ts";
import { backUp } from "./backup.ts";
import { conflictError, doesNotApply, reasonsIn } from "./errors.ts";
import { addPlaces, copyIndex, entriesOf, fileSettings, type IndexEntries } from "./index-copy.ts";
import { checkPlaces, type Places } from "./places.ts";

export interface ApplyOptions {
  /** Write conflict markers where both sides have changed the same lines, rather than to change nothing. */
  readonly conflicts: boolean;
  /** The user's own and the system's: how files are read where the repository says nothing of it (line ends). */
  readonly userSettings: ConfigData;
  /** Ends it; what was written by then is taken back, unless nothing but the index is left to do. */
  readonly signal?: AbortSignal | undefined;
}

export interface Applied {
  /** `nothing`: the checkout has it all. */
  readonly how: "nothing" | "direct" | "three-way" | "conflicts";
  /** What was to be changed, without what the checkout had already. */
  readonly entries: readonly PatchEntry[];
  readonly conflicts: readonly BytePath[];
  /** Changed in the work tree only: there they differed from the index before. */
  readonly unstaged: readonly BytePath[];
}

const APPLY = ["apply", "--whitespace=nowarn", "--no-ignore-whitespace", "-p1"];

/**
 * Applies an export to a checkout of this host, whole or not at all: tried on copies of the index first, written with a copy of each file
 * that it changes at hand, by git without the repository's configuration (repository.ts). What the checkout has already is passed over, so
 * that uncommitted changes which went into the guest are no obstacle when they come back. Each file's index entry follows where the file
 * was as in the index; else it stays.
 *
 * ERR_WORKSPACE_PATCH (it would lead elsewhere), ERR_WORKSPACE_CONFLICT, ERR_WORKSPACE_DOES_NOT_APPLY, ERR_GIT; the signal's reason.
 */
export async function applyExport(opened: Repository, made: Export, options: ApplyOptions): Promise<Applied> {
  const repository = { ...opened, config: new Map([...options.userSettings, ...opened.config]) };
  checkSet(made.entries, { ignoreCase: repository.config.get("core.ignorecase") === "true" });
  const places = await checkPlaces(repository.top, made.entries);
  const real = await entriesOf(repository, await copyIndex(repository, "real.index"));
  checkSubmodules(made.entries, real);

  const trial = await copyIndex(repository, "trial.index");
  await addPlaces(repository, trial, places);
  const here = await entriesOf(repository, trial);
  const entries = missingOf(made.entries, here);
  const [first] = entries;
  if (first === undefined) return { how: "nothing", entries, conflicts: [], unstaged: [] };
  const patch = path.join(repository.temp, "apply.patch");
  await selectEntries(made.file, entries, patch);

  const plan = await tryOut(repository, patch, places);
  if (plan.conflicts.length > 0 && !options.conflicts) throw conflictError(plan.conflicts);
  const paths = [...new Set(entries.map((each) => each.path))];
  const unstaged = paths.filter((each) => real.get(each) !== here.get(each));
  const staged = paths.filter((each) => real.get(each) === here.get(each));
  await write(repository, { patch, places, paths, staged, threeWay: plan.threeWay }, options.signal);
  const how = plan.conflicts.length > 0 ? "conflicts" : plan.threeWay ? "three-way" : "direct";
  return { how, entries, conflicts: plan.conflicts, unstaged };
}

/** Git changes a submodule's commit, and no file inside of one. */
function checkSubmodules(entries: readonly PatchEntry[], real: IndexEntries): void {
  const submodules = [...real].filter(([, entry]) => entry.startsWith("160000")).map(([name]) => `${name}/`);
  for (const { path: name } of entries) {
    if (submodules.some((each) => name.startsWith(each))) {
      throw new BangerError(
        "ERR_WORKSPACE_PATCH",
        `the guest's patch is refused: "${shown(name)}" lies in a submodule`,
        {
          next: "nothing was changed",
        },
      );
    }
  }
}

/** Entries that the checkout does not have already, mode and content. */
function missingOf(entries: readonly PatchEntry[], here: IndexEntries): PatchEntry[] {
  const last = new Map(entries.map((entry) => [entry.path, entry.after]));
  const isThere = (name: BytePath) => {
    const after = last.get(name) ?? null;
    const entry = here.get(name);
    if (after === null || entry === undefined) return after === null && entry === undefined;
    return after.oid === null ? entry.startsWith(`${after.mode} `) : entry === `${after.mode} ${after.oid} 0`;
  };
  return entries.filter((entry) => !isThere(entry.path));
}

interface Plan {
  readonly threeWay: boolean;
  readonly conflicts: readonly BytePath[];
}

/** On copies of the index: what it would do, without any of it. ERR_WORKSPACE_DOES_NOT_APPLY. */
async function tryOut(repository: Repository, patch: string, places: Places): Promise<Plan> {
  const config = fileSettings(repository);
  const attempt = async (name: string, args: readonly string[]) => {
    const indexFile = await copyIndex(repository, name);
    await addPlaces(repository, indexFile, places);
    const done = await repository.git([...APPLY, "--cached", ...args, patch], {
      indexFile,
      config,
      accept: [0, 1, 128, 129],
    });
    return { ...done, indexFile };
  };
  if ((await attempt("direct.index", [])).status === 0) return { threeWay: false, conflicts: [] };
  const merged = await attempt("three-way.index", ["--3way"]);
  if (merged.status === 0) return { threeWay: true, conflicts: [] };
  const { stdout } = await repository.git(["ls-files", "--unmerged", "-z"], {
    indexFile: merged.indexFile,
    config,
  });
  const conflicts = [...new Set(splitZ(stdout).map((field) => field.slice(field.indexOf("\t") + 1)))];
  if (conflicts.length === 0) throw doesNotApply(reasonsIn(merged.stderr));
  return { threeWay: true, conflicts };
}

interface Work extends Pick<Plan, "threeWay"> {
  readonly patch: string;
  readonly places: Places;
  readonly paths: readonly BytePath[];
  /** Whose entries in the real index follow. */
  readonly staged: readonly BytePath[];
}

async function write(repository: Repository, work: Work, signal: AbortSignal | undefined): Promise<void> {
  const objectDirectory = path.join(repository.commonDir, "objects");
  const where = { config: fileSettings(repository), objectDirectory, signal };
  const indexFile = await copyIndex(repository, "work.index");
  await addPlaces(repository, indexFile, work.places, objectDirectory);
  const backup = await backUp(repository.top, work.paths, path.join(repository.temp, "before"));
  try {
    signal?.throwIfAborted();
    // With conflicts it ends with 1, as when it has done nothing; what it would do is known from the trial.
    const mode = work.threeWay ? ["--3way"] : ["--index"];
    const done = await repository.git([...APPLY, ...mode, work.patch], {
      ...where,
      indexFile,
      accept: [0, 1, 128],
    });
    const after = await entriesOf(repository, indexFile);
    if (done.status !== 0 && ![...after.values()].some((entry) => entry.includes(",")))
      throw doesNotApply(reasonsIn(done.stderr));
    const none = "0".repeat(repository.objectFormat === "sha256" ? 64 : 40);
    const lines = work.staged.flatMap((name) => [
      `0 ${none}\t${name}`,
      ...(after.get(name)?.split(",") ?? []).map((entry) => `${entry}\t${name}`),
    ]);
    if (lines.length === 0) return;
    signal?.throwIfAborted();
    // A git that is killed leaves its lock, and files that are put back would not fit an index that is written: nothing ends it now.
    const real = { ...where, indexFile: path.join(repository.gitDir, "index"), signal: undefined };
    await repository.git(["update-index", "-z", "--index-info"], { ...real, input: joinZ(lines) });
    // Only saves the next `git status` some work.
    await repository.git(["update-index", "-q", "--refresh"], { ...real, accept: [0, 1, 128] });
  } catch (error) {
    await backup.restore();
    throw error;
  }
}
