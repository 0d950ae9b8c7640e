/** native/src/file. */
export interface FileAddon {
  fileCreate(path: string, mode: number, sizeBytes: bigint): Promise<void>;
  fileChmod(path: string, mode: number): Promise<void>;
  fileChown(path: string, uid: number, gid: number): Promise<void>;
  fileEnsureDirectory(path: string, uid: number, gid: number, mode: number): Promise<void>;
  fileTruncate(path: string, sizeBytes: bigint): Promise<void>;
}
