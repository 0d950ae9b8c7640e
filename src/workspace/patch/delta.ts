import { constants, inflateSync } from "node:zlib";

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~";
const LENGTHS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/** Of zlib's data that are looked at: its own tables come before the first byte of content. */
const MAX_START_BYTES = 4096;
/** Two numbers of 64 bits, seven in a byte. */
const MAX_HEAD_BYTES = 20;

/** How many bytes a line of a binary patch stands for: its first letter. 0 for none. */
export function lineBytes(line: string): number {
  return LENGTHS.indexOf(line.charAt(0)) + 1;
}

/**
 * Finds out how much a delta makes of its file, from the first lines of its block: a few bytes of copy instructions can make terabytes, which
 * git would allocate. The head of a delta is two numbers, the sizes before and after
 * (https://git-scm.com/docs/gitformat-pack#_deltified_representation).
 */
export class DeltaHead {
  #start: Buffer = Buffer.alloc(0);
  /** Null until it is known. */
  resultBytes: number | null = null;

  /** False for what is no delta. */
  line(text: string): boolean {
    if (this.resultBytes !== null) return true;
    this.#start = Buffer.concat([this.#start, decode(text)]);
    let head: Buffer;
    try {
      head = inflateSync(this.#start, { finishFlush: constants.Z_SYNC_FLUSH });
    } catch {
      return false;
    }
    this.resultBytes = secondNumber(head.subarray(0, MAX_HEAD_BYTES));
    return (
      this.resultBytes !== null || (head.length < MAX_HEAD_BYTES && this.#start.length < MAX_START_BYTES)
    );
  }
}

function secondNumber(bytes: Buffer): number | null {
  const first = bytes.findIndex((byte) => byte < 0x80);
  const second = first === -1 ? -1 : bytes.findIndex((byte, at) => at > first && byte < 0x80);
  if (second === -1) return null;
  return bytes.subarray(first + 1, second + 1).reduceRight((value, byte) => value * 128 + (byte & 0x7f), 0);
}

function decode(line: string): Buffer {
  const groups = (line.length - 1) / 5;
  const bytes = Buffer.alloc(groups * 4);
  for (let group = 0; group < groups; group += 1) {
    const digits = [...line.slice(1 + group * 5, 6 + group * 5)];
    const value = digits.reduce((sum, digit) => sum * 85 + ALPHABET.indexOf(digit), 0);
    bytes.writeUInt32BE(value % 2 ** 32, group * 4);
  }
  return bytes.subarray(0, lineBytes(line));
}
