/** native/src/loop. */
export interface LoopAddon {
  loopGetFree(): Promise<number>;
  loopConfigure(spec: NativeLoopConfig): Promise<void>;
  loopStatus(device: string): Promise<NativeLoopStatus>;
  loopClear(device: string): Promise<void>;
  loopSetCapacity(device: string): Promise<void>;
  loopSetDirectIo(device: string, on: boolean): Promise<void>;
}

export interface NativeLoopConfig {
  device: string;
  backingFile: string;
  name: string;
  readOnly: boolean;
  directIo: boolean;
  autoclear: boolean;
  offsetBytes: bigint;
  sizeLimitBytes: bigint;
  blockSize: number;
}

export interface NativeLoopStatus {
  index: number;
  name: string;
  backingInode: bigint;
  backingDevice: bigint;
  offsetBytes: bigint;
  sizeLimitBytes: bigint;
  sizeBytes: bigint;
  blockSize: number;
  readOnly: boolean;
  autoclear: boolean;
  directIo: boolean;
}
