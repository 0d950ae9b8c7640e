import { BangerError } from "../../shared/errors.ts";
import { type BytePath, checkInside, IGNORED_BY_HFS, shown } from "../paths.ts";
import type { FileMode } from "./entry.ts";

/** NAME_MAX and PATH_MAX of the kernel (linux/limits.h), less room for where the checkout is: what it would refuse half-way. */
const MAX_NAME = 255;
const MAX_PATH = 3_500;
/** As other filesystems write it: NTFS's short names and streams, blanks and dots that it drops, a backslash that divides. */
const GITMODULES = /^(\.gitmodules|gitmod~[1-4]|gi7eba~\d)[ .]*(:.*)?$/;

/**
 * Whether a path of a guest's patch may be one of a checkout, by itself: relative, without `..`, not in a git directory however one may
 * be written, and of a length that the kernel takes. `.gitmodules` must be a file, as git demands. ERR_WORKSPACE_PATCH.
 */
export function checkPath(path: BytePath, after: FileMode | null): void {
  const parts = path.split("/");
  if (path.length > MAX_PATH || parts.some((part) => part.length > MAX_NAME)) {
    throw refused(path, "is longer than a path can be");
  }
  try {
    checkInside(path);
    // Where a backslash divides names, too.
    if (path.includes("\\"))
      for (const part of path.split(/[\\/]/)) if (/^\.?git/i.test(part)) checkInside(part);
  } catch (cause) {
    throw refused(path, "leads out of the checkout or into its git directory", cause);
  }
  const last = (parts.at(-1) ?? "").replace(IGNORED_BY_HFS, "").toLowerCase();
  if (after === "120000" && GITMODULES.test(last)) throw refused(path, "would be a symbolic link");
}

/** What is thrown for a patch that would lead git astray. */
export function refused(path: BytePath, why: string, cause?: unknown): BangerError {
  const text = shown(path);
  const clipped = text.length > 200 ? `${text.slice(0, 200)}…` : text;
  return new BangerError("ERR_WORKSPACE_PATCH", `the guest's patch is refused: "${clipped}" ${why}`, {
    next: "nothing was changed; what such a path is for, only the guest knows",
    details: { path: text },
    cause,
  });
}
