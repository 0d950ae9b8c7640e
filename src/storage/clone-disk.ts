import { rm, stat } from "node:fs/promises";
import type { HostOps } from "../host/host-ops.ts";
import { errorCode } from "../shared/errors.ts";
import { explainNoSpace } from "../shared/space.ts";
import { withUndo } from "../shared/undo.ts";

export type DiskOps = Pick<HostOps, "clone" | "file">;

export interface DiskClone {
  /** For errors: `the root disk`. */
  readonly what: string;
  readonly source: string;
  readonly target: string;
  /** Apparent size of the target from that of the source. */
  readonly size: (sourceBytes: number) => number;
  readonly uid: number;
  readonly gid: number;
  readonly method: "reflink" | "copy";
  /** How the data comes into the target, where that is more than the method's call. */
  readonly fill?: (source: string, target: string) => Promise<void>;
}

/**
 * A disk file from another: data shared or copied, then grown by a hole, which the guest's filesystem grows into online. The mode is set
 * before the owner, so that nobody but root and the owner ever reads it. A failure leaves no file. ERR_NO_SPACE.
 */
export async function cloneDisk(ops: DiskOps, disk: DiskClone): Promise<void> {
  const source = await stat(disk.source);
  try {
    await withUndo(async (scope) => {
      const fill = disk.fill ?? ((from, to) => ops.clone[disk.method](from, to));
      await fill(disk.source, disk.target);
      scope.defer("disk", () => rm(disk.target, { force: true }));
      const { uid, gid } = disk;
      const sizeBytes = BigInt(disk.size(source.size));
      await ops.file.set(disk.target, { mode: 0o600, sizeBytes, owner: { uid, gid } });
    });
  } catch (error) {
    const neededBytes = disk.method === "reflink" ? 0 : source.blocks * 512;
    throw await explainNoSpace(error, disk.what, disk.target, neededBytes);
  }
}

/**
 * A disk from a seed, which holds next to no data: by reflink where it works, else as a sparse copy. Never smaller than its seed.
 * ERR_NO_SPACE.
 */
export async function cloneSeed(
  ops: DiskOps,
  disk: Omit<DiskClone, "method" | "size"> & { readonly sizeBytes: number },
): Promise<void> {
  const clone = { ...disk, size: (seedBytes: number) => Math.max(seedBytes, disk.sizeBytes) };
  try {
    await cloneDisk(ops, { ...clone, method: "reflink" });
  } catch (error) {
    if (errorCode(error) !== "ERR_HOST_UNSUPPORTED") throw error;
    await cloneDisk(ops, { ...clone, method: "copy" });
  }
}
