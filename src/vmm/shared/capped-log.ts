import { type FileHandle, open, rename } from "node:fs/promises";

/** 4 MiB and one rotation: what a guest that prints without end can take of the host's disk (VMM-2). */
export const CONSOLE_LOG_BYTES = 4 * 2 ** 20;

/** An append-only log, 0600, that is renamed to `<path>.1` when it is full. Calls must not overlap. */
export class CappedLog {
  readonly #path: string;
  readonly #capBytes: number;
  #file: FileHandle | null = null;
  #size = 0;

  constructor(path: string, capBytes: number = CONSOLE_LOG_BYTES) {
    this.#path = path;
    this.#capBytes = capBytes;
  }

  /** Opens the file, so that it is there before the first byte. */
  async open(): Promise<void> {
    if (this.#file !== null) return;
    this.#file = await open(this.#path, "a", 0o600);
    this.#size = (await this.#file.stat()).size;
  }

  async append(bytes: Uint8Array): Promise<void> {
    for (let offset = 0; offset < bytes.byteLength; ) {
      if (this.#size >= this.#capBytes) await this.#rotate();
      await this.open();
      const part = bytes.subarray(offset, offset + Math.max(1, this.#capBytes - this.#size));
      await this.#file?.appendFile(part);
      this.#size += part.byteLength;
      offset += part.byteLength;
    }
  }

  async close(): Promise<void> {
    await this.#file?.close();
    this.#file = null;
  }

  async #rotate(): Promise<void> {
    await this.close();
    await rename(this.#path, `${this.#path}.1`);
    this.#size = 0;
  }
}
