import { realpath, stat } from "node:fs/promises";
import path from "node:path";
import { BangerError, errorCode } from "../shared/errors.ts";
import { kindOf, readPlainFile } from "./files.ts";

/** Where a checkout and its git directory are; all paths absolute, links resolved. */
export interface Place {
  /** The work tree. */
  readonly top: string;
  /** HEAD and index: of a linked worktree its own, else the same as `commonDir`. */
  readonly gitDir: string;
  /** Objects, refs, config. */
  readonly commonDir: string;
}

const POINTER_BYTES = 64 * 1024;

/**
 * Finds the checkout that a path lies in, without git: git would already believe the repository's configuration (`core.worktree`).
 * A git directory outside of the checkout must name the checkout in turn, as git's own worktrees and submodules do; else any directory
 * could point at somebody's private repository, and hand its history to the guest.
 *
 * ERR_NO_REPOSITORY, ERR_BARE_REPOSITORY, ERR_FOREIGN_GIT_DIR, ERR_REPOSITORY_FORMAT.
 */
export async function discover(start: string): Promise<Place> {
  const from = await realDirectory(start);
  for (let at = from; ; at = path.dirname(at)) {
    const dotGit = path.join(at, ".git");
    const kind = await kindOf(dotGit);
    if (kind === "link") throw foreign(at, dotGit);
    if (kind === "directory") return checked(at, dotGit);
    if (kind === "file") return checked(at, await pointer(dotGit, at));
    if (await looksBare(at)) {
      throw new BangerError("ERR_BARE_REPOSITORY", `${at} is a bare repository: it has no files to copy`, {
        next: "clone it, and name the clone",
      });
    }
    if (at === path.dirname(at)) break;
  }
  throw new BangerError("ERR_NO_REPOSITORY", `${from} is not in a git checkout`, {
    next: "name a directory that is, or make it one: `git init`",
  });
}

async function realDirectory(start: string): Promise<string> {
  try {
    const real = await realpath(start);
    if ((await stat(real)).isDirectory()) return real;
  } catch (cause) {
    if (errorCode(cause) !== "ENOENT" && errorCode(cause) !== "ENOTDIR") throw cause;
  }
  throw new BangerError("ERR_NO_REPOSITORY", `${start} is not a directory`, {
    next: "name the directory of a git checkout; a command for the guest goes after --",
  });
}

/** `gitdir: <path>`, as worktrees and submodules have it. */
async function pointer(file: string, base: string): Promise<string> {
  const text = (await readPlainFile(file, POINTER_BYTES))?.toString("utf8") ?? "";
  const target = /^gitdir: ([^\n]+)\n*$/.exec(text)?.[1];
  if (target === undefined) throw broken(file, "names no git directory");
  return realpath(path.resolve(base, target)).catch(() => {
    throw broken(file, `names ${target}, which is not there`);
  });
}

async function checked(top: string, gitDir: string): Promise<Place> {
  const common = await readPlainFile(path.join(gitDir, "commondir"), POINTER_BYTES);
  if (common !== null) {
    const commonDir = await realpath(path.resolve(gitDir, common.toString("utf8").trimEnd())).catch(() => {
      throw broken(gitDir, "names a main repository that is not there");
    });
    const own = await readPlainFile(path.join(gitDir, "gitdir"), POINTER_BYTES);
    const back = own === null ? "" : await resolved(path.resolve(gitDir, own.toString("utf8").trimEnd()));
    const linked = path.dirname(gitDir) === path.join(commonDir, "worktrees");
    if (!linked || back !== path.join(top, ".git")) throw foreign(top, gitDir);
    return { top, gitDir, commonDir };
  }
  const inside = gitDir === path.join(top, ".git");
  if (!inside && (await namedWorkTree(gitDir)) !== top) throw foreign(top, gitDir);
  return { top, gitDir, commonDir: gitDir };
}

/** `core.worktree` of a git directory, as submodules have it; it is compared only, so a plain reading of the file does. */
async function namedWorkTree(gitDir: string): Promise<string | null> {
  const config = (await readPlainFile(path.join(gitDir, "config"), 1024 ** 2))?.toString("utf8") ?? "";
  const named = /^[ \t]*worktree[ \t]*=[ \t]*"?([^"\n]+?)"?[ \t]*$/m.exec(config)?.[1];
  return named === undefined ? null : resolved(path.resolve(gitDir, named));
}

function resolved(file: string): Promise<string> {
  return realpath(file).catch(() => file);
}

async function looksBare(directory: string): Promise<boolean> {
  const parts = ["HEAD", "objects", "refs"].map((name) => kindOf(path.join(directory, name)));
  const [head, objects, refs] = await Promise.all(parts);
  return head === "file" && objects === "directory" && refs === "directory";
}

function foreign(top: string, gitDir: string): BangerError {
  return new BangerError(
    "ERR_FOREIGN_GIT_DIR",
    `the git directory of ${top} is elsewhere (${gitDir}) and does not name this checkout`,
    {
      next: `if it is yours: \`git worktree repair\` there, or \`git -C ${top} config core.worktree ${top}\``,
    },
  );
}

function broken(file: string, what: string): BangerError {
  return new BangerError("ERR_REPOSITORY_FORMAT", `${file} ${what}`, {
    next: "see what git says there: `git status`",
  });
}
