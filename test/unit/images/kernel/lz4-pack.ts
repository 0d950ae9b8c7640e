/** A small LZ4 packer for tests: greedy matches found through a map of four-byte sequences. Independent of the decoder. */
export function packLz4Block(input: Uint8Array): Buffer {
  const out: number[] = [];
  const seen = new Map<string, number>();
  let anchor = 0;
  let at = 0;
  const lengthBytes = (length: number) => {
    for (let rest = length - 15; rest >= 0; rest -= 255) out.push(Math.min(rest, 255));
  };
  const sequence = (literals: Uint8Array, match?: { offset: number; length: number }) => {
    const matchLength = match ? match.length - 4 : 0;
    out.push((Math.min(literals.length, 15) << 4) | Math.min(matchLength, 15));
    lengthBytes(literals.length);
    out.push(...literals);
    if (!match) return;
    out.push(match.offset & 255, match.offset >> 8);
    lengthBytes(matchLength);
  };
  // The format wants the last five bytes as literals, and no match in the last twelve.
  while (at + 12 < input.length) {
    const key = Buffer.from(input.subarray(at, at + 4)).toString("latin1");
    const candidate = seen.get(key);
    seen.set(key, at);
    if (candidate === undefined || at - candidate > 65535) {
      at++;
      continue;
    }
    let length = 4;
    while (at + length < input.length - 5 && input[candidate + length] === input[at + length]) length++;
    sequence(input.subarray(anchor, at), { offset: at - candidate, length });
    at += length;
    anchor = at;
  }
  sequence(input.subarray(anchor));
  return Buffer.from(out);
}

/** A legacy frame: magic, then blocks of 8 MiB each behind its length. */
export function packLegacyLz4(input: Uint8Array): Buffer {
  const parts: Uint8Array[] = [Buffer.from([0x02, 0x21, 0x4c, 0x18])];
  for (let at = 0; at < input.length; at += 8 * 1024 * 1024) {
    const block = packLz4Block(input.subarray(at, at + 8 * 1024 * 1024));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(block.length);
    parts.push(length, block);
  }
  return Buffer.concat(parts);
}
