import type { HostOps, LoopInfo } from "../host-ops.ts";
import { HostObject } from "./object.ts";

/** A loop device; closing detaches it. `info` is what it was when it was attached. */
export class LoopDevice extends HostObject<LoopInfo> {
  readonly #ops: HostOps;

  constructor(ops: HostOps, info: LoopInfo) {
    super(info, () => ops.loop.detach(info.device));
    this.#ops = ops;
  }

  /** As it is now; null when it is bound no more. ERR_HOST_PERMISSION. */
  status(): Promise<LoopInfo | null> {
    return this.#ops.loop.status(this.info.device);
  }

  /** After its backing file has grown (LOOP_SET_CAPACITY). ERR_HOST_NOT_FOUND when it is bound no more. */
  refreshSize(): Promise<void> {
    return this.#ops.loop.refreshSize(this.info.device);
  }

  /** LOOP_SET_DIRECT_IO. ERR_HOST_UNSUPPORTED where the filesystem below cannot. */
  setDirectIo(on: boolean): Promise<void> {
    return this.#ops.loop.setDirectIo(this.info.device, on);
  }
}
