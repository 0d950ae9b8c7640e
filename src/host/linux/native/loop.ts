import type { LoopAttach, LoopInfo } from "../../host-ops.ts";

/** native/src/loop. */
export interface LoopAddon {
  loopGetFree(): Promise<number>;
  loopConfigure(spec: NativeLoopConfig): Promise<void>;
  loopStatus(device: string): Promise<NativeLoopStatus>;
  loopClear(device: string): Promise<void>;
  loopSetCapacity(device: string): Promise<void>;
  loopSetDirectIo(device: string, on: boolean): Promise<void>;
}

/** All of an attach, and the free device that it goes to. */
export type NativeLoopConfig = Required<LoopAttach> & { device: string };

/** What is told of a device by who named it. */
export type NativeLoopStatus = Omit<LoopInfo, "device">;
