/** native/src/clone. */
export interface CloneAddon {
  reflinkFile(source: string, target: string): Promise<bigint>;
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

/** A copy in steps; the target vanishes with it unless the last one was done. */
export interface NativeSparseCopy {
  open(source: string, target: string): Promise<void>;
  step(mostBytes: bigint): Promise<{ position: bigint; size: bigint; dataBytes: bigint; done: boolean }>;
  discard(): Promise<void>;
}
