/**
 * Values as D-Bus has them on the wire, little-endian, each at a multiple of its own size.
 * https://dbus.freedesktop.org/doc/dbus-specification.html#message-protocol-marshaling
 */
export class Marshal {
  readonly #bytes: number[] = [];

  align(to: number): this {
    while (this.#bytes.length % to !== 0) this.#bytes.push(0);
    return this;
  }

  /** `y` */
  byte(value: number): this {
    this.#bytes.push(value & 0xff);
    return this;
  }

  /** `u`, and `i` in two's complement. */
  int32(value: number): this {
    this.align(4);
    for (const shift of [0, 8, 16, 24]) this.byte(value >> shift);
    return this;
  }

  /** `q` */
  uint16(value: number): this {
    return this.align(2)
      .byte(value)
      .byte(value >> 8);
  }

  /** `b` */
  boolean(value: boolean): this {
    return this.int32(value ? 1 : 0);
  }

  /** `s`, and `o`. */
  string(value: string): this {
    const bytes = Buffer.from(value, "utf8");
    return this.int32(bytes.length).raw(bytes).byte(0);
  }

  /** `g` */
  signature(value: string): this {
    return this.byte(value.length).raw(Buffer.from(value, "latin1")).byte(0);
  }

  /** An array whose elements begin at multiples of `alignment`: its length counts from the first of them. */
  array<T>(alignment: number, elements: readonly T[], write: (each: T) => unknown): this {
    this.int32(0);
    const lengthAt = this.#bytes.length - 4;
    this.align(alignment);
    const start = this.#bytes.length;
    for (const each of elements) {
      this.align(alignment);
      write(each);
    }
    const length = this.#bytes.length - start;
    for (const [index, shift] of [0, 8, 16, 24].entries())
      this.#bytes[lengthAt + index] = (length >> shift) & 0xff;
    return this;
  }

  /** `ay` without its length, or what is marshalled already. */
  raw(bytes: Iterable<number>): this {
    for (const each of bytes) this.#bytes.push(each);
    return this;
  }

  toBuffer(): Buffer {
    return Buffer.from(this.#bytes);
  }
}

/** Reads the same. Throws a RangeError for what goes past the end. */
export class Unmarshal {
  readonly #bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at = 0) {
    this.#bytes = bytes;
    this.at = at;
  }

  align(to: number): this {
    this.at = Math.ceil(this.at / to) * to;
    return this;
  }

  byte(): number {
    const value = this.#bytes.readUInt8(this.at);
    this.at += 1;
    return value;
  }

  uint32(): number {
    const value = this.#bytes.readUInt32LE(this.align(4).at);
    this.at += 4;
    return value;
  }

  string(): string {
    return this.#text(this.uint32(), "utf8");
  }

  signature(): string {
    return this.#text(this.byte(), "latin1");
  }

  #text(length: number, encoding: "utf8" | "latin1"): string {
    const end = this.at + length;
    if (end >= this.#bytes.length) throw new RangeError("a string goes past the end of its message");
    const value = this.#bytes.toString(encoding, this.at, end);
    this.at = end + 1;
    return value;
  }
}
