import path from "node:path";
import { BangerError } from "../shared/errors.ts";
import { type ConfigData, readConfigFile } from "./config-data.ts";
import { discover, type Place } from "./discover.ts";
import { readPlainFile } from "./files.ts";
import type { Git, GitOptions, GitOutput } from "./git.ts";
import { makeShadow } from "./shadow.ts";
import { tempDirectory } from "./temp.ts";

export interface OpenOptions {
  readonly signal?: AbortSignal | undefined;
  /** Where temporary files go; the system's directory by default. */
  readonly tempParent?: string | undefined;
}

/** A checkout on this host that git looks at through a directory of ours (shadow.ts), so that nothing in it is believed or run. */
export interface Repository extends AsyncDisposable {
  /** Absolute path of the work tree, links resolved. */
  readonly top: string;
  /** The real ones. */
  readonly gitDir: string;
  readonly commonDir: string;
  /** What git is given as its directory. */
  readonly shadow: string;
  /** For more temporary files; removed with it. */
  readonly temp: string;
  readonly objectFormat: "sha1" | "sha256";
  /** The repository's own settings, as data. */
  readonly config: ConfigData;
  /** `refs/heads/…`, or null when HEAD is detached. */
  readonly headRef: string | null;
  /** Object id of HEAD's commit; null on an unborn branch. */
  readonly head: string | null;
  /** For git on other directories. */
  readonly program: Git;
  /** Runs git on the shadow, with the work tree. */
  git(args: readonly string[], options?: GitOptions): Promise<GitOutput>;
  /** Object id of the commit that `expression` names, or null. */
  commit(expression: string): Promise<string | null>;
}

/**
 * Opens the checkout that `directory` is in. ERR_NO_REPOSITORY, ERR_BARE_REPOSITORY, ERR_FOREIGN_GIT_DIR, ERR_REPOSITORY_FORMAT, ERR_GIT,
 * ERR_GIT_MISSING.
 */
export async function openRepository(
  git: Git,
  directory: string,
  options: OpenOptions = {},
): Promise<Repository> {
  const place = await discover(directory);
  const config = await effectiveConfig(git, place, options.signal);
  const temp = await tempDirectory(options.tempParent);
  try {
    const shadow = path.join(temp.path, "shadow");
    await makeShadow(place, config, shadow);
    const run = (args: readonly string[], more: GitOptions = {}) =>
      git.run(args, { gitDir: shadow, workTree: place.top, signal: options.signal, ...more });
    const commit = async (expression: string) => {
      const args = ["rev-parse", "--verify", "--quiet", "--end-of-options", `${expression}^{commit}`];
      const { status, stdout } = await run(args, { accept: [0, 1, 128] });
      return status === 0 ? stdout.toString("latin1").trim() : null;
    };
    const headRef = await readHead(place);
    return {
      ...place,
      shadow,
      temp: temp.path,
      config,
      objectFormat: config.get("extensions.objectformat") === "sha256" ? "sha256" : "sha1",
      headRef,
      head: await headCommit(place, headRef, run, commit),
      program: git,
      git: run,
      commit,
      [Symbol.asyncDispose]: () => temp[Symbol.asyncDispose](),
    };
  } catch (error) {
    await temp[Symbol.asyncDispose]();
    throw error;
  }
}

/** A linked worktree may have settings of its own. */
async function effectiveConfig(git: Git, place: Place, signal: AbortSignal | undefined): Promise<ConfigData> {
  const common = await readConfigFile(git, path.join(place.commonDir, "config"), signal);
  if (common.get("extensions.worktreeconfig") !== "true") return common;
  return new Map([
    ...common,
    ...(await readConfigFile(git, path.join(place.gitDir, "config.worktree"), signal)),
  ]);
}

async function readHead(place: Place): Promise<string | null> {
  const text = (await readPlainFile(path.join(place.gitDir, "HEAD"), 4096))?.toString("utf8") ?? "";
  const ref = /^ref: *(refs\/heads\/\S+)\s*$/.exec(text)?.[1];
  if (ref !== undefined) return ref;
  if (/^[0-9a-f]{40,64}\s*$/.test(text)) return null;
  throw new BangerError(
    "ERR_REPOSITORY_FORMAT",
    `${path.join(place.gitDir, "HEAD")} names neither branch nor commit`,
    {
      next: "see what git says there: `git status`",
    },
  );
}

async function headCommit(
  place: Place,
  headRef: string | null,
  run: Repository["git"],
  commit: Repository["commit"],
): Promise<string | null> {
  const head = await commit("HEAD");
  if (head !== null) return head;
  const named =
    headRef !== null && (await run(["rev-parse", "--verify", "--quiet", headRef], { accept: [0, 1, 128] }));
  if (named && named.status !== 0) return null;
  throw new BangerError("ERR_REPOSITORY_FORMAT", `the commit of HEAD is not in ${place.commonDir}`, {
    next: "see what git says there: `git fsck`",
  });
}
