import { closedError } from "../closed.ts";
import type { DmInfo, DmWait } from "../host-ops.ts";
import { toHostError } from "../native-error.ts";
import type { Addon, NativeDmDevice, NativeDmEventWatcher } from "./addon.ts";
import { call, infoOf } from "./dm-call.ts";

interface Waiter {
  readonly name: string;
  resolve(device: NativeDmDevice | Promise<NativeDmDevice>): void;
  reject(error: unknown): void;
}

/** Who waits for events of which device. Over the addon's one thread that polls /dev/mapper/control. */
export class DmEvents {
  readonly #watcher: NativeDmEventWatcher;
  readonly #waiters = new Map<bigint, Waiter>();
  #nextId = 1n;
  #closed = false;

  constructor(addon: Addon) {
    this.#watcher = new addon.DmEventWatcher((id, error, device) => {
      const waiter = this.#waiters.get(id);
      waiter?.resolve(device ?? call(waiter.name, () => Promise.reject(error)));
    });
  }

  async wait(name: string, { after, signal }: DmWait): Promise<DmInfo> {
    signal?.throwIfAborted();
    if (this.#closed) throw closedError("poll", name);
    const id = this.#nextId++;
    const { promise, resolve, reject } = Promise.withResolvers<NativeDmDevice>();
    const abort = () => reject(signal?.reason);
    signal?.addEventListener("abort", abort, { once: true });
    this.#waiters.set(id, { name, resolve, reject });
    // Only somebody who waits keeps the event loop alive.
    if (this.#waiters.size === 1) this.#watcher.setRef(true);
    try {
      this.#watch(id, name, after);
      return infoOf(await promise);
    } finally {
      signal?.removeEventListener("abort", abort);
      this.#waiters.delete(id);
      this.#watcher.cancel(id);
      if (this.#waiters.size === 0) this.#watcher.setRef(false);
    }
  }

  #watch(id: bigint, name: string, after: number | undefined): void {
    try {
      this.#watcher.watch(id, name, after ?? null);
    } catch (error) {
      throw toHostError(error, name);
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#watcher.close();
    for (const waiter of this.#waiters.values()) waiter.reject(closedError("poll", waiter.name));
  }
}
