/** Told how many bytes have gone. */
export type Meter = (bytes: number) => void;

const PIECE_BYTES = 64 * 1024;

/** Small pieces joined: each would be a frame of its own, which costs more than its bytes. */
export async function* coalesce(pieces: AsyncIterable<Buffer>, size = PIECE_BYTES): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let bytes = 0;
  for await (const piece of pieces) {
    held.push(piece);
    bytes += piece.length;
    if (bytes < size) continue;
    yield held.length === 1 ? piece : Buffer.concat(held, bytes);
    held = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(held, bytes);
}

export async function* metered(pieces: AsyncIterable<Buffer>, meter: Meter): AsyncGenerator<Buffer> {
  let bytes = 0;
  for await (const piece of pieces) {
    yield piece;
    bytes += piece.length;
    meter(bytes);
  }
}
