import { closeSync, fstatSync, openSync, renameSync, writeSync } from "node:fs";

/**
 * A log file that never grows past `capBytes`: when full it becomes `<file>.1`, over the one before. Writes are synchronous (into the
 * page cache), so that the last line before a crash is there. A disk that is full costs lines, never the daemon.
 */
export class CappedFile {
  readonly #file: string;
  readonly #capBytes: number;
  #fd: number;
  #bytes: number;

  constructor(file: string, capBytes: number) {
    this.#file = file;
    this.#capBytes = capBytes;
    this.#fd = openSync(file, "a", 0o600);
    this.#bytes = fstatSync(this.#fd).size;
  }

  write(line: string): void {
    try {
      if (this.#bytes > 0 && this.#bytes + Buffer.byteLength(line) > this.#capBytes) this.#turn();
      this.#bytes += writeSync(this.#fd, line);
    } catch {
      // There is nobody to tell: the log is where it would be told.
    }
  }

  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }

  #turn(): void {
    renameSync(this.#file, `${this.#file}.1`);
    const fresh = openSync(this.#file, "a", 0o600);
    closeSync(this.#fd);
    this.#fd = fresh;
    this.#bytes = 0;
  }
}
