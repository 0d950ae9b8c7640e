export interface CloneResult {
  /** Bytes of data that were shared or copied; holes do not count. */
  dataBytes: bigint;
  method: "reflink" | "copy";
}

export interface CloneOps {
  /** FICLONE: `target` must not exist, and is removed again on failure. ERR_HOST_UNSUPPORTED where the filesystem cannot. */
  reflink(source: string, target: string): Promise<CloneResult>;
  /** Sparse copy by SEEK_DATA, SEEK_HOLE and copy_file_range. `target` must not exist, and is removed again on failure. */
  copy(source: string, target: string): Promise<CloneResult>;
  /** Whether FICLONE works between files of this directory: tried, not guessed from the filesystem's name. */
  canReflink(directory: string): Promise<boolean>;
}
