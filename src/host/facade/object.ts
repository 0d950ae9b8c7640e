/** What was acquired from the kernel: given back by `close()`, or at the end of an `await using` block. Closing twice is once. */
export class HostObject<Info> implements AsyncDisposable {
  readonly info: Info;
  readonly #release: () => Promise<void>;
  #closing: Promise<void> | null = null;

  constructor(info: Info, release: () => Promise<void>) {
    this.info = info;
    this.#release = release;
  }

  /**
   * Gives it back. What is there no more is a success; a rejection (ERR_HOST_BUSY, ERR_HOST_PERMISSION, …) leaves it there, and closing
   * again tries again.
   */
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
