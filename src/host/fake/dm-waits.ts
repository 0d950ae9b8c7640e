import { closedError } from "../closed.ts";
import { HostError } from "../host-error.ts";
import type { DmWait } from "../host-ops.ts";
import type { FakeDmDevice } from "./block.ts";
import type { FakeKernel } from "./kernel.ts";

/** Who waits for a device's next event. */
export class DmWaits {
  readonly #kernel: FakeKernel;
  readonly #waiting = new Set<() => void>();
  #closed = false;

  constructor(kernel: FakeKernel) {
    this.#kernel = kernel;
  }

  /** As DmOps.waitEvent. */
  async next(device: FakeDmDevice, { after = device.eventNumber, signal }: DmWait): Promise<void> {
    signal?.throwIfAborted();
    const { name } = device;
    if (this.#closed) throw closedError("poll", name);
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const look = () => {
      if (this.#kernel.devices.get(name) !== device) {
        reject(new HostError({ errnoCode: "ENXIO", syscall: "ioctl(DM_DEV_STATUS)", object: name }));
      } else if (device.eventNumber !== after) resolve();
    };
    const abort = () => reject(signal?.reason);
    const unwatch = this.#kernel.watchDm(look);
    const close = () => reject(closedError("poll", name));
    this.#waiting.add(close);
    signal?.addEventListener("abort", abort, { once: true });
    look();
    try {
      await promise;
    } finally {
      unwatch();
      this.#waiting.delete(close);
      signal?.removeEventListener("abort", abort);
    }
  }

  close(): void {
    this.#closed = true;
    for (const close of [...this.#waiting]) close();
  }
}
