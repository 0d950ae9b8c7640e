/** What was acquired from the kernel: given back by `close()`, or at the end of an `await using` block. Closing twice is once. */
export class HostObject<Info> implements AsyncDisposable {
  readonly info: Info;
  readonly #release: () => Promise<void>;
  #closing: Promise<void> | null = null;

  constructor(info: Info, release: () => Promise<void>) {
    this.info = info;
    this.#release = release;
  }

  close(): Promise<void> {
    this.#closing ??= this.#release().catch((error: unknown) => {
      this.#closing = null; // it is still there, so closing may be tried again
      throw error;
    });
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
