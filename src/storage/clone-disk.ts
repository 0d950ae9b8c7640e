import { stat } from "node:fs/promises";
import type { HostOps, NewFileOptions } from "../host/host-ops.ts";
import { errorCode } from "../shared/errors.ts";
import { explainNoSpace } from "../shared/space.ts";

export type DiskOps = Pick<HostOps, "clone" | "file">;

export interface DiskClone {
  /** For errors: `the root disk`. */
  readonly what: string;
  readonly source: string;
  /** Its name when it is whole; until then it is `partOf` that. */
  readonly target: string;
  /** Room beyond the source's size, or the size that it has at least: a hole, which the guest's filesystem grows into online. */
  readonly size: { readonly extraBytes: number } | { readonly minimumBytes: number };
  readonly uid: number;
  readonly gid: number;
  /** Blocks of the source: shared, shared where that works, or copied. */
  readonly sharing: "always" | "auto" | "never";
}

/** A disk that is being made has this name: whenever a crash came, one with its own name is whole. */
export function partOf(target: string): string {
  return `${target}.part`;
}

/** A disk file from another. Nobody but root and the owner ever reads it. A failure leaves no file. ERR_NO_SPACE. */
export async function cloneDisk({ clone }: Pick<DiskOps, "clone">, disk: DiskClone): Promise<void> {
  const { source, target, sharing } = disk;
  try {
    const options = { ...settingsOf(disk), name: target };
    if (sharing === "always") await clone.reflink(source, partOf(target), options);
    else await clone.copy(source, partOf(target), { ...options, sharing });
  } catch (error) {
    const blocks = sharing === "always" ? 0 : await blocksOf(source);
    throw await explainNoSpace(error, disk.what, target, blocks === null ? null : blocks * 512);
  }
}

/** A disk that is its source itself. False where that is gone (somebody else had it) or on another filesystem. ERR_NO_SPACE. */
export async function adoptDisk({ clone }: Pick<DiskOps, "clone">, disk: DiskClone): Promise<boolean> {
  const { source, target } = disk;
  try {
    await clone.adopt(source, partOf(target), { ...settingsOf(disk), name: target });
    return true;
  } catch (error) {
    if (["ERR_HOST_NOT_FOUND", "ERR_HOST_UNSUPPORTED"].includes(errorCode(error))) return false;
    throw await explainNoSpace(error, disk.what, target, null);
  }
}

function settingsOf({ size, uid, gid }: DiskClone) {
  const room: Pick<NewFileOptions, "extraBytes" | "minimumBytes"> =
    "extraBytes" in size
      ? { extraBytes: BigInt(size.extraBytes) }
      : { minimumBytes: BigInt(size.minimumBytes) };
  return { mode: 0o600, owner: { uid, gid }, ...room };
}

async function blocksOf(source: string): Promise<number | null> {
  return stat(source).then(
    ({ blocks }) => blocks,
    () => null,
  );
}
