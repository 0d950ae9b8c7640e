import { stat, statfs } from "node:fs/promises";
import path from "node:path";
import type { RootDiskOf, RootDiskUsage } from "../domain/ports.ts";

/**
 * What a disk that is a sparse file takes of its filesystem. How full the filesystem in it is only the guest knows: the host never reads
 * that (DSK-5).
 */
export async function fileUsage({ file }: Pick<RootDiskOf, "file">): Promise<RootDiskUsage> {
  const [{ blocks, size }, { bavail, bsize }] = await Promise.all([stat(file), statfs(path.dirname(file))]);
  const usedBytes = Math.min(blocks * 512, size);
  return {
    usedBytes,
    totalBytes: size,
    room: "file",
    invalid: false,
    full: false,
    hostFreeBytes: bavail * bsize,
  };
}
