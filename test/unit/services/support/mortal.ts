/** A daemon that ends at its n-th call of the kernel, of its database or of its records: neither that nor any later one is begun. */
export class Mortal {
  readonly #end = Promise.withResolvers<true>();
  readonly #begun = new Set<Promise<unknown>>();
  #left: number;
  #action: { calls: number; readonly action: () => void } | null = null;

  constructor(calls = Number.POSITIVE_INFINITY) {
    this.#left = calls;
  }

  /** Counts from now on. */
  endAfter(calls: number): void {
    this.#left = calls;
  }

  get isEnded(): boolean {
    return this.#left < 0;
  }

  get end(): Promise<true> {
    return this.#end.promise;
  }

  /** `action` comes right before the call that comes after so many others. */
  atCall(calls: number, action: () => void): void {
    this.#action = { calls, action };
  }

  /** Once what it had begun has come to its end. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#begun);
  }

  /** The rooms of HostOps, or a record: calls that come after the end are never answered. */
  of = <T extends object>(made: T): T => this.#over(made, () => new Promise(() => undefined));

  /** The same for calls that answer at once: they throw. */
  ofSync = <T extends object>(made: T): T =>
    this.#over(made, () => {
      throw new Error("the daemon has ended");
    });

  #over<T extends object>(made: T, late: () => unknown): T {
    return new Proxy(made, {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key);
        if (typeof value === "object" && value !== null) return this.#over(value, late);
        if (typeof value !== "function") return value;
        return (...given: unknown[]) => {
          if (this.#action !== null && this.#action.calls-- === 0) this.#action.action();
          // A wait lasts as long as what is waited for.
          if (this.#left-- > 0)
            return key === "wait" ? value.apply(target, given) : this.#follow(value.apply(target, given));
          this.#end.resolve(true);
          return late();
        };
      },
    });
  }

  #follow(answer: unknown): unknown {
    if (answer instanceof Promise) {
      this.#begun.add(answer);
      const done = () => this.#begun.delete(answer);
      answer.then(done, done);
    }
    return answer;
  }
}
