/** native/src/clone. */
export interface CloneAddon {
  reflinkRange(range: NativeReflinkRange): Promise<void>;
  punchHole(file: string, offset: bigint, length: bigint): Promise<void>;
  preallocate(file: string, offset: bigint, length: bigint, keepSize: boolean): Promise<void>;
  SparseCopy: new () => NativeSparseCopy;
}

export interface NativeReflinkRange {
  source: string;
  sourceOffset: bigint;
  /** 0: to the end. */
  length: bigint;
  target: string;
  targetOffset: bigint;
}

/** A new file from another, in steps; it vanishes with this unless it was finished. */
export interface NativeSparseCopy {
  open(source: string, target: string, sharing: "never" | "auto" | "always"): Promise<void>;
  /** Instead of `open` and steps: `file` becomes the copy. */
  adopt(file: string, target: string): Promise<void>;
  step(mostBytes: bigint): Promise<NativeCopyProgress>;
  /** False, and nothing is done, before the last step was. */
  finish(settings: NativeNewFile): Promise<boolean>;
  discard(): Promise<void>;
}

export interface NativeCopyProgress {
  position: bigint;
  size: bigint;
  dataBytes: bigint;
  done: boolean;
  shared: boolean;
}

export interface NativeNewFile {
  mode?: number | undefined;
  uid?: number | undefined;
  gid?: number | undefined;
  minimumBytes?: bigint | undefined;
  extraBytes?: bigint | undefined;
  name?: string | undefined;
}
