/** What is to be set of a regular file; what is left out stays. */
export interface FileSettings {
  mode?: number;
  /** Apparent size: it grows by a hole. */
  sizeBytes?: bigint;
  owner?: { uid: number; gid: number };
}

/**
 * Ownership and modes, which are root's to give. Always of the object itself: where a symbolic link lies in its place, it is not followed.
 * ERR_HOST_NOT_FOUND, ERR_HOST_PERMISSION.
 */
export interface FileOps {
  /** A new regular file, all of it a hole, ours and with exactly this mode. ERR_HOST_EXISTS for whatever is there. A failure leaves no file. */
  create(path: string, file: { mode: number; sizeBytes: bigint }): Promise<void>;
  /**
   * A regular file with this text and exactly this mode, in place of what file has the name: readers see the old or the new one, never half
   * of one. It is written beside it first, as `<path>.tmp`, in place of what a crash has left there, and not synced. One writer at a time. A failure
   * leaves the old one and nothing beside it. ERR_HOST_NO_SPACE, ERR_HOST_NOT_FOUND; ERR_HOST_INVALID for a text with a NUL.
   */
  replace(path: string, file: { mode: number; text: string }): Promise<void>;
  /**
   * A directory with exactly this owner and mode, its parent there already; one that is there is re-chmod'ed if loose (CFG-4).
   * ERR_HOST_INVALID for what is no directory (a link to one too), or is somebody else's than the owner's or ours.
   */
  ensureDirectory(path: string, owner: { uid: number; gid: number; mode: number }): Promise<void>;
  /** lchown(2). ERR_HOST_INVALID for 4294967295, which lchown takes for "as it is". */
  chown(path: string, uid: number, gid: number): Promise<void>;
  /** chmod(2) by a descriptor; a symbolic link is ERR_HOST_INVALID. */
  chmod(path: string, mode: number): Promise<void>;
  /**
   * Mode, size and owner of a regular file, in this order: nobody but its old and its new owner reads it meanwhile. After a failure those
   * behind it are as they were. ERR_HOST_INVALID for a symlink.
   */
  set(path: string, settings: FileSettings): Promise<void>;
}
