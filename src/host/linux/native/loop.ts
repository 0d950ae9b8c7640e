/** native/src/loop. */
export interface LoopAddon {
  loopGetFree(): Promise<number>;
  loopConfigure(spec: NativeLoopConfig): Promise<void>;
  loopStatus(device: string): Promise<NativeLoopStatus>;
  loopClear(device: string): Promise<void>;
  loopSetCapacity(device: string): Promise<void>;
}

export interface NativeLoopConfig {
  device: string;
  backingFile: string;
  name: string;
  readOnly: boolean;
  directIo: boolean;
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
  readOnly: boolean;
  autoclear: boolean;
  directIo: boolean;
}
