/** One holder per key at a time, first come first served: the same VM's operations are serial, different VMs' are not (VM-4). */
export class KeyedLocks {
  readonly #tails = new Map<string, Promise<void>>();

  /** Rejects with the signal's reason while it waits for its turn; once it has that, the signal is the body's to heed. */
  async run<T>(key: string, body: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    const before = this.#tails.get(key) ?? Promise.resolve();
    const mine = Promise.withResolvers<void>();
    const tail = before.then(() => mine.promise);
    this.#tails.set(key, tail);
    try {
      await turnOf(before, signal);
      return await body();
    } finally {
      mine.resolve();
      // Not before: whoever gave up may have others before him still, for whom the next one waits.
      void tail.then(() => {
        if (this.#tails.get(key) === tail) this.#tails.delete(key);
      });
    }
  }
}

async function turnOf(before: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return before;
  signal.throwIfAborted();
  const gaveUp = Promise.withResolvers<never>();
  const onAbort = () => gaveUp.reject(signal.reason);
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    await Promise.race([before, gaveUp.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
