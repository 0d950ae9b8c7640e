import type { Stats } from "node:fs";
import { lstat, readdir } from "node:fs/promises";
import { errorCode } from "../../shared/errors.ts";
import type { PatchEntry } from "../patch/entry.ts";
import { refused } from "../patch/paths.ts";
import { type BytePath, bytesOf, parentsOf, shown } from "../paths.ts";
import { doesNotApply } from "./errors.ts";

/** What is at the paths of a patch in a checkout. */
export interface Places {
  /** Of these there is no file: they are directories, or lie below a link. */
  readonly none: ReadonlySet<BytePath>;
  /** Files, links, and what is not there: what `git update-index` can look at. */
  readonly files: ReadonlySet<BytePath>;
}

/** `top` in bytes, with a path of a patch below it. */
export function inside(top: string, path: BytePath): Buffer {
  return Buffer.concat([Buffer.from(`${top}/`), bytesOf(path)]);
}

/** What a path itself is; null when nothing is there. */
export async function look(top: string, path: BytePath): Promise<Stats | null> {
  try {
    return await lstat(inside(top, path));
  } catch (error) {
    if (errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR") return null;
    throw error;
  }
}

type Kind = "directory" | "link" | "repository" | "file" | "none";

async function kindOf(top: string, path: BytePath): Promise<Kind> {
  const stats = await look(top, path);
  if (stats === null) return "none";
  if (stats.isSymbolicLink()) return "link";
  if (!stats.isDirectory()) return "file";
  return (await look(top, `${path}/.git`)) === null ? "directory" : "repository";
}

/**
 * Looks where a patch would write in the checkout at `top`: through no symbolic link that is there (unless the patch takes it away),
 * into no other repository that is inside the checkout, and over no file that git does not know. ERR_WORKSPACE_PATCH,
 * ERR_WORKSPACE_DOES_NOT_APPLY.
 */
export async function checkPlaces(top: string, entries: readonly PatchEntry[]): Promise<Places> {
  const removed = new Set(entries.filter(({ after }) => after === null).map(({ path }) => path));
  const known = new Map<BytePath, Kind>();
  const places = { none: new Set<BytePath>(), files: new Set<BytePath>() };
  for (const entry of entries) {
    let behindLink = false;
    for (const parent of parentsOf(entry.path)) {
      const kind = known.get(parent) ?? (await kindOf(top, parent));
      known.set(parent, kind);
      if (kind === "directory") continue;
      if (kind === "repository") throw refused(entry.path, "lies in another repository of your checkout");
      // What is removed was a file or a link to git: what is below it can only be new.
      const makesWay = kind === "none" || (entry.before === null && removed.has(parent));
      if (kind === "link" && !makesWay)
        throw refused(entry.path, "leads through a symbolic link of your checkout");
      if (entry.after !== null && !makesWay) throw doesNotApply([`"${shown(parent)}" is no directory`]);
      behindLink = kind === "link";
      break;
    }
    const isDirectory = !behindLink && (await look(top, entry.path))?.isDirectory() === true;
    if (isDirectory && entry.after !== null && entry.after.mode !== "160000") {
      await checkEmptied(top, entry.path, removed);
    }
    places[behindLink || isDirectory ? "none" : "files"].add(entry.path);
  }
  return places;
}

/** A file can take a directory's place if nothing is in it but what the patch removes. */
async function checkEmptied(top: string, directory: BytePath, removed: ReadonlySet<BytePath>): Promise<void> {
  for (const name of await readdir(inside(top, directory), { encoding: "buffer" })) {
    const path = `${directory}/${name.toString("latin1")}`;
    if (removed.has(path)) continue;
    if ((await look(top, path))?.isDirectory() !== true)
      throw doesNotApply([`"${shown(path)}" is in the way`]);
    await checkEmptied(top, path, removed);
  }
}
