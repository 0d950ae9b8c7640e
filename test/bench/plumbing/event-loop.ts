import { closeSync, openSync, readSync } from "node:fs";

/** /proc/thread-self/schedstat (Documentation/scheduler/sched-stats.rst): nanoseconds on a CPU, nanoseconds runnable without one, turns. */
const SCHEDSTAT = "/proc/thread-self/schedstat";

/** For how long this thread, ready to run, had to wait for a CPU: other programs' doing, not the call's. */
class WaitForCpu {
  readonly #fd = openSync(SCHEDSTAT, "r");
  readonly #text = Buffer.alloc(128);

  get ms(): number {
    const text = this.#text.toString("latin1", 0, readSync(this.#fd, this.#text, 0, this.#text.length, 0));
    return Number(text.split(" ")[1]) / 1e6;
  }

  close(): void {
    closeSync(this.#fd);
  }
}

/**
 * The longest time, in milliseconds, for which the event loop could do nothing else because of a call: that of the call itself up to its
 * promise, or the longest gap that a loop of setImmediate saw until the promise was settled; less what the thread waited for a CPU meanwhile.
 */
export async function longestHold(call: () => Promise<unknown>): Promise<number> {
  const waiting = new WaitForCpu();
  const watch = { longest: 0, last: performance.now(), waited: waiting.ms, over: false };
  const look = () => {
    const [now, waited] = [performance.now(), waiting.ms];
    watch.longest = Math.max(watch.longest, now - watch.last - (waited - watch.waited));
    watch.last = performance.now();
    watch.waited = waited;
  };
  const turn = () => {
    if (watch.over) return;
    look();
    setImmediate(turn);
  };
  try {
    const promise = call();
    look();
    setImmediate(turn);
    await promise;
    look();
  } finally {
    watch.over = true;
    waiting.close();
  }
  return watch.longest;
}
