/** native/src/file. */
export interface FileAddon {
  fileCreate(path: string, mode: number, sizeBytes: bigint): Promise<void>;
  fileChmod(path: string, mode: number): Promise<void>;
  fileChown(path: string, uid: number, gid: number): Promise<void>;
  fileEnsureDirectory(path: string, uid: number, gid: number, mode: number): Promise<void>;
  /** EEXIST where something has the name, unless that may be. */
  fileMakeDirectory(path: string, mode: number, mayBeThere: boolean): Promise<void>;
  fileReplace(path: string, beside: string, content: string, mode: number): Promise<void>;
  fileTruncate(path: string, sizeBytes: bigint): Promise<void>;
  /** Into a file that is there, by one write(2). */
  fileWrite(path: string, value: string): Promise<void>;
}
