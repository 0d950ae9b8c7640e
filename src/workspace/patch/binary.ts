import { DeltaHead, lineBytes } from "./delta.ts";

/** One block of a binary patch, zlib's data in base 85: a letter for the length of a line in bytes, five characters for four of them. */
const HEAD = /^(literal|delta) (\d{1,12})$/;
const DATA = /^[0-9A-Za-z!#$%&()*+\-;<=>?@^_`{|}~]+$/;

/** The lines after `GIT binary patch`: a block that makes the new file of the old, and one for the way back. */
export class BinaryBlocks {
  #blocks = 0;
  #inBlock = false;
  #lines = 0;
  #delta: DeltaHead | null = null;
  #bytes = 0;

  get done(): boolean {
    return this.#blocks === 2;
  }

  /** What git makes of the blocks so far, in memory, by their own word: git refuses one that holds more or less than it says. */
  get bytes(): number {
    return this.#bytes + (this.#delta?.resultBytes ?? 0);
  }

  /** False for a line that cannot be there. */
  line(text: string): boolean {
    if (!this.#inBlock) return this.#open(text);
    if (text === "") {
      const whole = this.#lines > 0 && this.#delta?.resultBytes !== null;
      this.#bytes = this.bytes;
      this.#delta = null;
      this.#inBlock = false;
      this.#blocks += 1;
      return whole;
    }
    this.#lines += 1;
    const length = lineBytes(text);
    const isData = length > 0 && text.length === 1 + 5 * Math.ceil(length / 4) && DATA.test(text.slice(1));
    return isData && this.#delta?.line(text) !== false;
  }

  #open(text: string): boolean {
    const [, kind, size] = HEAD.exec(text) ?? [];
    this.#inBlock = kind !== undefined;
    this.#lines = 0;
    this.#delta = kind === "delta" ? new DeltaHead() : null;
    this.#bytes += Number(size ?? 0);
    return this.#inBlock;
  }
}
