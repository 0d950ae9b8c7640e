/** native/src/file. */
export interface FileAddon {
  fileChmod(path: string, mode: number): Promise<void>;
  fileChown(path: string, uid: number, gid: number): Promise<void>;
  fileEnsureDirectory(path: string, uid: number, gid: number, mode: number): Promise<void>;
  fileTruncate(path: string, sizeBytes: bigint): Promise<void>;
}
