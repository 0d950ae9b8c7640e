/** Room for one VM that is being made. */
export interface SpacePromise {
  readonly neededBytes: number;
  /** What others were promised before, and have not written yet: free space that is not there for this one. */
  readonly promisedBytes: number;
  /** Its disks are made, and the filesystem counts them itself; or it failed. Idempotent. */
  release(): void;
}

/** What creates that run side by side may still write: each of them alone would find the same free space (VM-15). */
export class SpacePromises {
  #bytes = 0;

  promise(neededBytes: number): SpacePromise {
    const promisedBytes = this.#bytes;
    this.#bytes += neededBytes;
    let held = true;
    return {
      neededBytes,
      promisedBytes,
      release: () => {
        if (held) this.#bytes -= neededBytes;
        held = false;
      },
    };
  }
}
