import type { HostOps, ProcessExit, ProcessRef } from "../host-ops.ts";
import { HostObject } from "./object.ts";

const SIGKILL = 9;

/** A process of ours; closing kills it, where it still runs, and waits until it has gone. */
export class HostProcess extends HostObject<ProcessRef> {
  readonly #ops: HostOps;

  constructor(ops: HostOps, info: ProcessRef) {
    super(info, async () => {
      await ops.process.signal(info, SIGKILL);
      await ops.process.wait(info);
    });
    this.#ops = ops;
  }

  /** How it ended; rejects with the signal's reason when that is aborted, and with ERR_HOST_CLOSED when the HostOps is. */
  wait(options?: { signal?: AbortSignal }): Promise<ProcessExit> {
    return this.#ops.process.wait(this.info, options);
  }

  /** False when it is gone. ERR_HOST_PERMISSION, ERR_HOST_INVALID for what is no signal. */
  signal(signal: number): Promise<boolean> {
    return this.#ops.process.signal(this.info, signal);
  }
}
