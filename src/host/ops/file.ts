export interface FileOps {
  /** A directory with exactly this owner and mode; refused (ERR_HOST_INVALID) unless a real directory, re-chmod'ed if loose (CFG-4). */
  ensureDirectory(path: string, owner: { uid: number; gid: number; mode: number }): Promise<void>;
  chown(path: string, uid: number, gid: number): Promise<void>;
  chmod(path: string, mode: number): Promise<void>;
}
