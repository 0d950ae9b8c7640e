import { once } from "node:events";
import { PassThrough, type Readable } from "node:stream";
import type { VmRecord } from "../../domain/vm.ts";
import { KeyedLocks } from "../locks.ts";
import { notRunning } from "./actions.ts";
import type { VmDeps } from "./deps.ts";

/**
 * One prepare or export of a VM's workspace at a time (WS-4). A lock of its own beside the VM's: nobody who stops or deletes a VM waits
 * for a copy, and no copy holds up the VM's other operations.
 */
export class WorkspaceLocks {
  readonly #locks = new KeyedLocks();
  readonly #deps: Pick<VmDeps, "machines" | "lastUse">;

  constructor(deps: Pick<VmDeps, "machines" | "lastUse">) {
    this.#deps = deps;
  }

  /** Waits its turn, and is held until the stream closes. ERR_VM_NOT_RUNNING; rejects with the signal's reason. */
  open(vm: VmRecord, signal: AbortSignal): Promise<Readable> {
    const turn = Promise.withResolvers<Readable>();
    const queued = this.#locks.run(vm.id, async () => {
      signal.throwIfAborted();
      if (this.#deps.machines.get(vm.id) === null) throw notRunning(this.#deps, vm);
      const held = await this.#deps.lastUse.holdStream(vm.id, async () => new PassThrough());
      const closed = once(held, "close");
      turn.resolve(held);
      await closed;
    });
    queued.catch(turn.reject);
    return turn.promise;
  }
}
