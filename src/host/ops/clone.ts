/** What a clone has made. */
export interface CloneResult {
  /** Bytes of data that were shared or copied; holes do not count. */
  dataBytes: bigint;
  method: "reflink" | "copy";
}

/** How far a copy is. */
export interface CopyProgress {
  /** How far the copy is in a file of `sizeBytes`, holes that were skipped included. */
  positionBytes: bigint;
  sizeBytes: bigint;
  /** Bytes of data so far. */
  dataBytes: bigint;
}

/**
 * What a new file is given before it has its name: until then nobody but its old and its new owner reads it, and whatever fails, it is taken away.
 * What is left out stays as it is made: 0600, the caller's, as large as its source.
 */
export interface NewFileOptions {
  mode?: number;
  owner?: { uid: number; gid: number };
  /** It grows by a hole to this apparent size, where it is smaller. */
  minimumBytes?: bigint;
  /** It grows by a hole of so many bytes. */
  extraBytes?: bigint;
  /** renameat2(RENAME_NOREPLACE, Linux 3.15) at the end, in the same directory tree: what has this name is whole. ERR_HOST_EXISTS where it is taken. */
  name?: string;
}

/** How a copy is made, watched, and ended. */
export interface CopyOptions extends NewFileOptions {
  /** `auto`: FICLONE where the filesystem can, else a copy. A copy unless given. */
  sharing?: "auto" | "never";
  /** Ends the copy, also one that waits for its turn: it rejects with the signal's reason, and `target` is taken away. */
  signal?: AbortSignal;
  /** Called after each 16 MiB of data, and at the end. */
  onProgress?: (progress: CopyProgress) => void;
}

/** Bytes of `source` that `target` shares from then on. Offsets and length are multiples of the filesystem's block, but for the end of `source`. */
export interface ReflinkRange {
  source: string;
  /** 0 unless given. */
  sourceOffsetBytes?: bigint;
  /** To the end of `source` unless given. */
  lengthBytes?: bigint;
  /** A file that is there; may be `source` itself. */
  target: string;
  /** 0 unless given. */
  targetOffsetBytes?: bigint;
}

/** Bytes of a file. */
export interface FileRange {
  offsetBytes: bigint;
  /** More than 0. */
  lengthBytes: bigint;
}

/** Whole files and parts of them, as the filesystem has them: linux/fs.h, linux/falloc.h. */
export interface CloneOps {
  /**
   * FICLONE (Linux 4.5): `target` must not exist, and is removed again on failure. ERR_HOST_UNSUPPORTED where the filesystem cannot,
   * ERR_HOST_EXISTS, ERR_HOST_NOT_FOUND.
   */
  reflink(source: string, target: string, options?: NewFileOptions): Promise<CloneResult>;
  /**
   * FICLONERANGE (Linux 4.5), into a file that is there. ERR_HOST_INVALID for what is not at a block's border or goes beyond the end of
   * `source`, ERR_HOST_UNSUPPORTED, ERR_HOST_NOT_FOUND.
   */
  reflinkRange(range: ReflinkRange): Promise<void>;
  /**
   * Sparse copy by SEEK_DATA, SEEK_HOLE and copy_file_range (Linux 4.5), two at a time. `target` must not exist, and is removed again on
   * failure. ERR_HOST_EXISTS, ERR_HOST_NOT_FOUND, ERR_HOST_NO_SPACE, ERR_HOST_INVALID for what is no regular file.
   */
  copy(source: string, target: string, options?: CopyOptions): Promise<CloneResult>;
  /**
   * A file that is there, taken as the copy: renamed to `target` (renameat2 with RENAME_NOREPLACE, Linux 3.15), which must not exist, and
   * finished as one. Of two that take it at once, one has it. Removed on a failure after the rename. ERR_HOST_NOT_FOUND where it is gone,
   * ERR_HOST_UNSUPPORTED on another filesystem, ERR_HOST_EXISTS, ERR_HOST_INVALID for what is no regular file (a link to one too).
   */
  adopt(file: string, target: string, options?: NewFileOptions): Promise<void>;
  /**
   * Whether FICLONE works between files of this directory: tried, not guessed from the filesystem's name. ERR_HOST_NOT_FOUND,
   * ERR_HOST_PERMISSION where no file can be made there.
   */
  canReflink(directory: string): Promise<boolean>;
  /**
   * fallocate(FALLOC_FL_PUNCH_HOLE) (Linux 2.6.38): that range of the file reads as zeros and takes no room; the size stays.
   * ERR_HOST_UNSUPPORTED, ERR_HOST_NOT_FOUND, ERR_HOST_INVALID for a length of 0.
   */
  punchHole(file: string, range: FileRange): Promise<void>;
  /**
   * fallocate(2): room for all of that range, so that writing there does not fail for want of it. Beyond the end the file grows, unless
   * `keepSize`. ERR_HOST_NO_SPACE, and the file has its size of before; ERR_HOST_UNSUPPORTED, ERR_HOST_NOT_FOUND, ERR_HOST_INVALID for a
   * length of 0.
   */
  preallocate(file: string, range: FileRange & { keepSize?: boolean }): Promise<void>;
}
