import { hasErrno } from "../host-error.ts";
import type { ProcessRef, ProcessUsage } from "../host-ops.ts";
import { processOf, usageOf } from "./proc.ts";
import { ask, type Steps } from "./steps.ts";

const BOOT_ID = "/proc/sys/kernel/random/boot_id";

/** What is asked of a process, and done to it, by its identity: all that cannot wait. */
export class ProcessLook {
  #bootId: string | null = null;

  *bootId(): Steps<string> {
    this.#bootId ??= (yield* ask("boot_id", (addon) => addon.procRead(BOOT_ID))).trim();
    return this.#bootId;
  }

  *isAlive(ref: ProcessRef): Steps<boolean> {
    return (yield* this.#find(ref))?.uid === ref.uid;
  }

  *#isThere(ref: ProcessRef): Steps<boolean> {
    return (yield* this.#find(ref)) !== null;
  }

  *#find(ref: ProcessRef) {
    if (ref.bootId !== (yield* this.bootId())) return null;
    const found = yield* processOf(ref.pid);
    return found?.startTimeTicks === ref.startTimeTicks ? found : null;
  }

  /** `watched`: that it is this one is known, whatever its uid is by now. */
  *signal(ref: ProcessRef, signal: number, watched: boolean): Steps<boolean> {
    if (!(watched ? yield* this.#isThere(ref) : yield* this.isAlive(ref))) return false;
    const { pid, startTimeTicks } = ref;
    try {
      yield* ask(`pid ${pid}`, (addon) => addon.processSignal(pid, startTimeTicks, signal));
      return true;
    } catch (error) {
      if (hasErrno(error, "ESRCH")) return false;
      throw error;
    }
  }

  *usage(ref: ProcessRef): Steps<ProcessUsage | null> {
    const read = yield* usageOf(ref.pid);
    // Asked after the read: while it lives, nobody else has had its pid.
    return (yield* this.isAlive(ref)) ? read : null;
  }
}
