import { BangerError } from "../shared/errors.ts";
import type { Guest } from "./guest.ts";
import { type Fingerprints, type GuestPrint, guestInside } from "./guest-tree.ts";
import { type BytePath, parentsOf } from "./paths.ts";
import { sample } from "./plan.ts";

/** Three views of a guest's files, by path. */
export interface Views {
  /** As the last prepare has laid them. */
  readonly laid: Fingerprints;
  /** As they are to be. */
  readonly wanted: Fingerprints;
  /** As they are. */
  readonly there: ReadonlyMap<BytePath, GuestPrint>;
}

/**
 * Paths at which an update would write over what the guest has made of them: files that came from us and are others now, and what it has
 * made where we would put something. What it made beside is none of them, and stays.
 */
export async function guestChanges(guest: Guest, views: Views, signal?: AbortSignal): Promise<BytePath[]> {
  const { laid, wanted, there } = views;
  const edited = [...laid].filter(
    ([path, print]) => there.get(path) !== print && there.get(path) !== wanted.get(path),
  );
  const made = [...wanted].filter(([path, print]) => {
    const found = there.get(path);
    return !laid.has(path) && found !== undefined && found !== print && found !== "directory";
  });
  const parents = new Set([...wanted.keys()].flatMap(parentsOf));
  const inTheWay = [...parents].filter((path) => !laid.has(path) && isNoDirectory(there.get(path)));
  const files = [...edited, ...made].map(([path]) => path);
  return [...files, ...inTheWay, ...(await fullDirectories(guest, views, signal))];
}

function isNoDirectory(print: GuestPrint | undefined): boolean {
  return print !== undefined && print !== "directory";
}

/** Directories where a file is to be, that hold more than what goes with the files that were laid in them. */
async function fullDirectories(
  guest: Guest,
  { laid, wanted, there }: Views,
  signal?: AbortSignal,
): Promise<BytePath[]> {
  const directories = [...wanted.keys()].filter((path) => !laid.has(path) && there.get(path) === "directory");
  const ours = new Set([...laid.keys()].flatMap((path) => [path, ...parentsOf(path)]));
  const inside = await guestInside(guest, directories, signal);
  const others = inside.filter((path) => !ours.has(path));
  return directories.filter(
    (directory) => !ours.has(directory) || others.some((path) => path.startsWith(`${directory}/`)),
  );
}

/** `moved`: where HEAD is not where it was laid, in words. */
export function guestChanged(files: readonly BytePath[], moved: readonly string[]): BangerError {
  const some = files.length === 1 ? "1 file differs" : `${files.length} files differ`;
  const what = [...moved, ...(files.length === 0 ? [] : [`${some} (${sample(files)})`])];
  return new BangerError("ERR_GUEST_CHANGED", `/root/repo was changed in the guest: ${what.join("; ")}`, {
    next: "take the changes out first, with `banger vm workspace export <vm>`; --force replaces all of /root/repo",
    details: { files: files.length },
  });
}
