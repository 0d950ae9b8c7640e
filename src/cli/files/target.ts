import { readlink, realpath, stat } from "node:fs/promises";
import path from "node:path";
import { BangerError, errorCode } from "../../shared/errors.ts";
import { OpenDirectory } from "../../shared/open-directory.ts";
import type { SourceName } from "./paths.ts";

const MAX_LINKS = 40;

/** Where a copy goes on this host. Whoever takes it closes the directory. */
export interface LocalTarget {
  readonly directory: OpenDirectory;
  /** What the source becomes in there; null: the directory itself. */
  readonly name: Buffer | null;
}

/**
 * The place of a copy by the rules of `docker cp`: into a directory that is there; else under the destination's own name, whose parent must be
 * there. ERR_CP_NOT_FOUND, ERR_CP_NOT_A_DIRECTORY, ERR_CP_KIND.
 */
export async function localTarget(
  destination: string,
  source: SourceName & { readonly directory: boolean },
): Promise<LocalTarget> {
  const found = await statOrNull(destination);
  if (found?.isDirectory() === true) {
    const name = source.contents ? null : Buffer.from(source.name);
    return { directory: await OpenDirectory.open(destination), name };
  }
  if (found !== null && source.directory) {
    throw notADirectory(`a directory cannot be copied onto ${destination}, which is none`);
  }
  // A rename would put a file in the place of the device.
  if (found !== null && !found.isFile()) {
    throw new BangerError("ERR_CP_KIND", `${destination} is neither a file nor a directory`, {
      next: "name a file or a directory; `-` is a tar stream on stdout",
    });
  }
  if (found === null && !source.directory && /(\/|\/\.)$/.test(destination)) throw notThere(destination);
  const place =
    found === null ? await followDangling(path.resolve(destination)) : await realpath(destination);
  return { directory: await openParent(path.dirname(place)), name: Buffer.from(path.basename(place)) };
}

/** Null where nothing is there. */
async function statOrNull(file: string) {
  try {
    return await stat(file);
  } catch (error) {
    if (errorCode(error) === "ENOENT") return null;
    if (errorCode(error) === "ENOTDIR") throw notADirectory(`${file} is not a directory`);
    throw error;
  }
}

/** A symlink that leads to nothing names what is to be made. */
async function followDangling(file: string): Promise<string> {
  let place = file;
  for (let count = 0; count < MAX_LINKS; count += 1) {
    const target = await readlink(place).catch(() => null);
    if (target === null) return place;
    place = path.resolve(path.dirname(place), target);
  }
  throw new BangerError("ERR_CP_NOT_FOUND", `${file} is a symlink that leads nowhere`);
}

async function openParent(directory: string): Promise<OpenDirectory> {
  try {
    return await OpenDirectory.open(directory);
  } catch (error) {
    if (errorCode(error) === "ENOENT") throw notThere(directory);
    if (errorCode(error) === "ENOTDIR") throw notADirectory(`${directory} is not a directory`);
    throw error;
  }
}

export function notThere(directory: string): BangerError {
  return new BangerError("ERR_CP_NOT_FOUND", `the directory ${directory} is not there`, {
    next: "make it first",
  });
}

export function notADirectory(message: string): BangerError {
  return new BangerError("ERR_CP_NOT_A_DIRECTORY", message, { next: "name a directory, or another place" });
}
