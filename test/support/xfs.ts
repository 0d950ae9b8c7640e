import { type Mounted, mountFilesystem } from "./filesystem.ts";

/** A filesystem that shares blocks between files, in an image of its own. Rejects where the host has none. */
export function mountXfs(size = "6G"): Promise<Mounted> {
  return mountFilesystem("xfs", size);
}
