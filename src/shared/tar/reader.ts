import {
  applyPax,
  BLOCK_BYTES,
  badArchive,
  checkNames,
  decodeHeader,
  MAX_PAX_BYTES,
  paddingOf,
  type TarEntry,
} from "./format.ts";

/** Archives are filled up to whole records, of 10 KiB as a rule. */
const MAX_END_BYTES = 1024 ** 2;

/**
 * Reads a tar as our agent writes it (ustar, pax for what does not fit) from whoever claims to be one: every length and number is checked,
 * a header is bounded, types that we never send are refused. Holds one piece of what `source` gives, and no more.
 */
export class TarReader {
  readonly #chunks: AsyncIterator<Buffer>;
  #rest: Buffer = Buffer.alloc(0);
  /** Of the entry at hand: bytes of content, then of padding. */
  #content = 0;
  #padding = 0;

  constructor(source: AsyncIterable<Buffer>) {
    this.#chunks = source[Symbol.asyncIterator]();
  }

  /** The next entry, or null after the last; what was not read of an entry's content is skipped. ERR_BAD_ARCHIVE. */
  async next(): Promise<TarEntry | null> {
    for await (const _ of this.content());
    let pax: Buffer | null = null;
    for (;;) {
      const block = await this.#exactly(BLOCK_BYTES);
      if (block.every((byte) => byte === 0)) {
        if (pax !== null) throw badArchive("it ends after a pax header");
        return null;
      }
      const { flag, entry } = decodeHeader(block);
      if (flag !== "x") return this.#begin(pax === null ? entry : applyPax(entry, pax));
      if (pax !== null || entry.size > MAX_PAX_BYTES) throw badArchive("a pax header is too large");
      pax = await this.#exactly(entry.size);
      await this.#exactly(paddingOf(entry.size));
    }
  }

  /** The content of the entry at hand, once. */
  async *content(): AsyncGenerator<Buffer> {
    while (this.#content > 0) {
      const piece = await this.#some(this.#content);
      this.#content -= piece.length;
      yield piece;
    }
    const padding = this.#padding;
    this.#padding = 0;
    await this.#exactly(padding);
  }

  /** Takes what fills the last record, so that whoever sends it is not held up. ERR_BAD_ARCHIVE where it does not end. */
  async drain(): Promise<void> {
    let taken = this.#rest.length;
    for (let next = await this.#chunks.next(); next.done !== true; next = await this.#chunks.next()) {
      taken += next.value.length;
      if (taken > MAX_END_BYTES) throw badArchive("it goes on after its end");
    }
  }

  #begin(entry: TarEntry): TarEntry {
    checkNames(entry);
    this.#content = entry.size;
    this.#padding = paddingOf(entry.size);
    return entry;
  }

  async #some(most: number): Promise<Buffer> {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#chunks.next();
      if (done === true) throw badArchive("it is cut short");
      this.#rest = value;
    }
    const piece = this.#rest.subarray(0, most);
    this.#rest = this.#rest.subarray(piece.length);
    return piece;
  }

  async #exactly(count: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    for (let left = count; left > 0; ) {
      const piece = await this.#some(left);
      left -= piece.length;
      pieces.push(piece);
    }
    return pieces.length === 1 ? (pieces[0] as Buffer) : Buffer.concat(pieces);
  }
}
