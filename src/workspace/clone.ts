import { mkdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { BangerError } from "../shared/errors.ts";
import { formatConfig, withoutCredentials } from "./config-data.ts";
import { readPlainFile } from "./files.ts";
import { joinZ } from "./paths.ts";
import type { Plan } from "./plan.ts";
import type { Repository } from "./repository.ts";

/** Commits of history that a guest gets (WS-1). */
const DEPTH = 10;
/** Names for commits while they are fetched. */
const KEPT = ["refs/banger/head", "refs/banger/also"] as const;

export interface Branch {
  /** A branch that is made in the guest only. */
  readonly branch?: string | undefined;
  /** What it begins at; HEAD by default. */
  readonly from?: string | undefined;
}

/** A git directory for the guest, made of nothing but what the guest may have. */
export interface Clone {
  readonly gitDir: string;
  /** The commit that the guest's HEAD is at; null on an unborn branch. */
  readonly base: string | null;
}

/**
 * The branch to make, checked, and the commit that it begins at. ERR_BAD_BRANCH, ERR_NO_COMMIT.
 */
export async function startOf(repository: Repository, { branch, from }: Branch): Promise<string | null> {
  if (branch !== undefined) {
    const valid = await repository.git(["check-ref-format", `refs/heads/${branch}`], { accept: [0, 1] });
    if (valid.status !== 0 || branch.startsWith("-")) {
      throw new BangerError("ERR_BAD_BRANCH", `--branch "${branch}" is no name for a branch`, {
        next: "see `git check-ref-format --help` for what is",
      });
    }
    if (repository.headRef === `refs/heads/${branch}`) {
      throw new BangerError("ERR_BAD_BRANCH", `--branch "${branch}" is the branch that the checkout is on`, {
        next: "leave --branch out, or name a new one",
      });
    }
  }
  if (from === undefined) return repository.head;
  const commit = await repository.commit(from);
  if (commit !== null) return commit;
  throw new BangerError("ERR_NO_COMMIT", `--from "${from}" is no commit of ${repository.top}`, {
    next: "see `git log`, or fetch it first",
  });
}

/**
 * Makes a shallow clone without a work tree, as `git clone --depth 10 --no-checkout` would, through git's own transport on this host; its
 * index is that of the commit. Only HEAD's branch, the commit asked for, and tags of the commits that are there; and `also`, a commit that the
 * guest has already.
 */
export async function makeClone(
  plan: Plan,
  branch: Branch,
  gitDir: string,
  signal?: AbortSignal,
  also: string | null = null,
): Promise<Clone> {
  const { repository } = plan;
  const base = await startOf(repository, branch);
  const git = (args: readonly string[], input?: Buffer) =>
    repository.program.run(args, {
      gitDir,
      cwd: repository.temp,
      signal,
      ...(input === undefined ? {} : { input }),
    });
  await mkdir(path.dirname(gitDir), { recursive: true });
  await git(["init", "--quiet", "--bare", "--template=", `--object-format=${repository.objectFormat}`]);
  await fetchInto(plan, [base, also], gitDir, signal);
  const ref = branch.branch === undefined ? repository.headRef : `refs/heads/${branch.branch}`;
  if (ref !== null && base !== null) await git(["update-ref", ref, base]);
  if (ref !== null) await git(["symbolic-ref", "HEAD", ref]);
  else if (base !== null) await git(["update-ref", "--no-deref", "HEAD", base]);
  await writeFile(path.join(gitDir, "config"), formatConfig(guestConfig(plan)));
  await copyInfo(repository, gitDir);
  if (base !== null) {
    for (const name of KEPT) await git(["update-ref", "-d", name]);
    await git(["pack-refs", "--all"]);
    await git(["read-tree", base]);
    if (plan.skipped.length > 0) await skipWorkTree(plan, git);
  }
  for (const name of ["FETCH_HEAD", "branches", "hooks", "description"]) {
    await rm(path.join(gitDir, name), { recursive: true, force: true });
  }
  return { gitDir, base };
}

async function fetchInto(
  plan: Plan,
  commits: readonly (string | null)[],
  gitDir: string,
  signal?: AbortSignal,
): Promise<void> {
  const { repository } = plan;
  if (commits[0] === null) return;
  const { head, headRef } = repository;
  const wanted = [
    ...commits.flatMap((commit, index) => (commit === null ? [] : [`${commit}:${KEPT[index]}`])),
    ...(head !== null && headRef !== null ? [`${head}:${headRef}`] : []),
  ];
  // Of a partial clone only what is checked out is sure to be here.
  const partial = [...repository.config.keys()].some((key) =>
    /^(extensions\.partialclone|remote\..*\.promisor)$/s.test(key),
  );
  const args = [
    "fetch",
    "--quiet",
    `--depth=${partial ? 1 : DEPTH}`,
    "--no-write-fetch-head",
    "--update-head-ok",
  ];
  try {
    await repository.program.run([...args, `file://${encodeURI(repository.shadow)}`, ...wanted], {
      gitDir,
      cwd: repository.temp,
      signal,
    });
  } catch (cause) {
    signal?.throwIfAborted();
    throw new BangerError(
      "ERR_HISTORY",
      `the history of ${repository.top} could not be copied: ${(cause as Error).message}`,
      {
        next: partial
          ? "it is a partial clone: fetch what is missing with `git fetch --refetch`"
          : "see `git fsck`",
        cause,
      },
    );
  }
}

/** Entries outside of the sparse checkout, which are not deleted although they are not there. */
async function skipWorkTree(
  plan: Plan,
  git: (args: readonly string[], input?: Buffer) => Promise<{ stdout: Buffer }>,
) {
  const known = (await git(["ls-files", "-z"])).stdout.toString("latin1").split("\0");
  const there = new Set(known);
  const paths = plan.skipped.filter((name) => there.has(name));
  await git(["update-index", "--skip-worktree", "-z", "--stdin"], joinZ(paths));
}

/** How files are read, which both sides must do alike. */
const SHARED = [
  "core.autocrlf",
  "core.eol",
  "core.safecrlf",
  "core.filemode",
  "core.symlinks",
  "core.ignorecase",
  "core.sparsecheckout",
  "core.sparsecheckoutcone",
] as const;

function guestConfig({ repository, userSettings }: Plan): [string, string][] {
  const { config, objectFormat } = repository;
  const origin = withoutCredentials(config.get("remote.origin.url") ?? "");
  return [
    ["core.repositoryformatversion", objectFormat === "sha256" ? "1" : "0"],
    ...(objectFormat === "sha256" ? ([["extensions.objectformat", "sha256"]] as [string, string][]) : []),
    ["core.bare", "false"],
    ["core.logallrefupdates", "true"],
    ...SHARED.flatMap((key): [string, string][] => {
      const value = config.get(key) ?? userSettings.get(key);
      return value === undefined ? [] : [[key, value]];
    }),
    // The workspace's own identity (GST-5); the user's is in the guest's /root/.gitconfig.
    ...["user.name", "user.email"].flatMap((key): [string, string][] => {
      const value = config.get(key);
      return value === undefined ? [] : [[key, value]];
    }),
    ...(origin === null
      ? []
      : ([
          ["remote.origin.url", origin],
          ["remote.origin.fetch", "+refs/heads/*:refs/remotes/origin/*"],
        ] as [string, string][])),
  ];
}

async function copyInfo(repository: Repository, gitDir: string): Promise<void> {
  await mkdir(path.join(gitDir, "info"), { recursive: true });
  for (const name of ["exclude", "attributes", "sparse-checkout"]) {
    const text = await readPlainFile(path.join(repository.shadow, "info", name), 4 * 1024 ** 2);
    if (text !== null) await writeFile(path.join(gitDir, "info", name), text);
  }
}
