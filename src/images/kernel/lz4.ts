import { BangerError } from "../../shared/errors.ts";

/**
 * A decoder for "legacy" LZ4 frames, the form in which `lz4 -l` and so the kernel's build compress a vmlinux.
 * Frame: magic, then blocks of a little-endian length and an LZ4 block, each of at most 8 MiB unpacked.
 * https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md#legacy-frame and lz4_Block_format.md
 */

export const LZ4_LEGACY_MAGIC = 0x184c2102;
const BLOCK_BYTES = 8 * 1024 * 1024;
const MIN_MATCH = 4;

/**
 * Unpacks legacy frames to exactly `unpackedBytes`. The input may be hostile: every length and offset is checked, and no
 * more memory than `unpackedBytes` is taken.
 * @throws BangerError ERR_LZ4_CORRUPT
 */
export function unpackLegacyLz4(input: Uint8Array, unpackedBytes: number): Uint8Array {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  if (input.length < 4 || view.getUint32(0, true) !== LZ4_LEGACY_MAGIC) throw corrupt("no legacy LZ4 magic");
  const output = new Uint8Array(unpackedBytes);
  let from = 4;
  let to = 0;
  while (to < unpackedBytes) {
    if (from + 4 > input.length) throw corrupt("the input ends before the last block");
    const length = view.getUint32(from, true);
    from += 4;
    // Frames may be joined: the magic again where a block's length would be.
    if (length === LZ4_LEGACY_MAGIC) continue;
    if (length === 0 || length > input.length - from) throw corrupt("a block is longer than the input");
    const limit = Math.min(to + BLOCK_BYTES, unpackedBytes);
    to = unpackBlock(input.subarray(from, from + length), output, to, limit);
    from += length;
  }
  return output;
}

/** Unpacks one block to output[start..limit) and returns where it ended. Matches never reach before `start`. */
function unpackBlock(input: Uint8Array, output: Uint8Array, start: number, limit: number): number {
  let from = 0;
  let to = start;
  const byte = (): number => {
    const value = input[from++];
    if (value === undefined) throw corrupt("a block ends inside a sequence");
    return value;
  };
  const extended = (nibble: number): number => {
    let length = nibble;
    if (nibble === 15) {
      let more: number;
      do {
        more = byte();
        length += more;
      } while (more === 255);
    }
    return length;
  };
  for (;;) {
    const token = byte();
    const literals = extended(token >> 4);
    if (literals > input.length - from || literals > limit - to) throw corrupt("literals run over the end");
    output.set(input.subarray(from, from + literals), to);
    from += literals;
    to += literals;
    // A block's last sequence is literals only.
    if (from === input.length) return to;
    const offset = byte() | (byte() << 8);
    const length = extended(token & 15) + MIN_MATCH;
    if (offset === 0 || offset > to - start) throw corrupt("a match reaches before the block");
    if (length > limit - to) throw corrupt("a match runs over the end");
    if (offset >= length) output.copyWithin(to, to - offset, to - offset + length);
    else
      for (let index = 0; index < length; index++) output[to + index] = output[to + index - offset] as number;
    to += length;
  }
}

function corrupt(what: string): BangerError {
  return new BangerError("ERR_LZ4_CORRUPT", `the LZ4 data is damaged: ${what}`, {
    next: "fetch the file again; its source is damaged or not what it says",
  });
}
