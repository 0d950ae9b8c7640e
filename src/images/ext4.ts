import { randomUUID } from "node:crypto";
import { open, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { syncPath } from "./staging.ts";
import { runTool } from "./tool.ts";

const MIB = 1024 * 1024;
const BLOCK_BYTES = 4096;

/**
 * The features, named one by one so that the result does not depend on the host's mke2fs.conf. All are in kernels since
 * 4.x. resize_inode keeps room for the group descriptors of online growth (EXT4_IOC_RESIZE_FS).
 */
const FEATURES = [
  "none",
  "has_journal",
  "ext_attr",
  "resize_inode",
  "dir_index",
  "filetype",
  "extent",
  "64bit",
  "flex_bg",
  "sparse_super",
  "large_file",
  "huge_file",
  "dir_nlink",
  "extra_isize",
  "metadata_csum",
].join(",");

/**
 * The size up to which group descriptors are reserved. Each reserved block is zeroed again in every backup group that online growth
 * adds: with room for 2 TiB, growing to 8 GiB cost an emulated guest 116 ms of CPU, with this 23 ms. Beyond it the kernel goes on
 * by itself with meta_bg (tried: 512 MiB to 300 GiB in one call).
 */
const RESERVE_BYTES = 64 * 1024 * MIB;

export interface Ext4Options {
  path: string;
  sizeBytes: number;
  label: string;
  /** Its content, with owners, modes and extended attributes. */
  root: string;
  journalMib: number;
  signal: AbortSignal;
  logFile: string;
}

/**
 * Makes an ext4 in a sparse file of `sizeBytes`: only what holds data is allocated, so that a copy which follows SEEK_DATA
 * moves only that, in a few long extents, so that FICLONE is cheap. fsynced.
 *
 * Inode tables: mke2fs first discards the file (punches a hole over all of it), knows that it reads as zeros, and marks
 * every table as zeroed without writing it. So the guest's ext4lazyinit thread has nothing to do for this part: it would write 2 MiB per
 * 128 MiB of filesystem into every VM's disk.
 * Journal: likewise not written (lazy_journal_init), for the new file reads as zeros. Else its blocks would be allocated though
 * unwritten, and SEEK_DATA calls such extents data once their pages were read: every copy would move 64 MiB of zeros.
 * @throws BangerError ERR_TOOL_MISSING, ERR_TOOL_FAILED; `signal.reason` when aborted.
 */
export async function makeExt4(options: Ext4Options): Promise<void> {
  const file = await open(options.path, "wx", 0o644);
  try {
    await file.truncate(options.sizeBytes);
    // Whatever our umask: an overlay's VMM reads the image as another uid.
    await file.chmod(0o644);
  } finally {
    await file.close();
  }
  const extended = [
    "discard",
    "lazy_journal_init=1",
    `resize=${RESERVE_BYTES / BLOCK_BYTES}`,
    `hash_seed=${randomUUID()}`,
    "root_owner=0:0",
  ];
  const args = [
    ...["-q", "-F", "-b", String(BLOCK_BYTES), "-I", "256", "-i", "16384", "-m", "0", "-O", FEATURES],
    ...[
      "-L",
      options.label,
      "-U",
      randomUUID(),
      "-J",
      `size=${options.journalMib}`,
      "-E",
      extended.join(","),
    ],
    ...["-d", options.root, options.path],
  ];
  const { signal, logFile } = options;
  await runTool("mkfs.ext4", args, { signal, logFile });
  await syncPath(options.path);
}

/** Bytes that the files below `directory` take in an ext4: whole blocks, an inode each. */
export async function contentBytes(directory: string): Promise<number> {
  let total = 0;
  const inodes = new Set<number>();
  for (const entry of await readdir(directory, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile() && !entry.isDirectory()) {
      total += 256;
      continue;
    }
    const { size, ino, nlink } = await stat(join(entry.parentPath, entry.name));
    if (nlink > 1 && entry.isFile()) {
      if (inodes.has(ino)) continue;
      inodes.add(ino);
    }
    total += Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES + 256;
  }
  return total;
}

/** Room for `bytes` of content, its metadata (5 %), a journal and `freeBytes`, rounded up to whole 128 MiB block groups. */
export function filesystemBytes(bytes: number, journalMib: number, freeBytes: number): number {
  const group = 128 * MIB;
  return Math.ceil((bytes * 1.05 + journalMib * MIB + freeBytes) / group) * group;
}
