/**
 * The frames of an exec stream (docs/guest-protocol.md): 1 byte type, 4 bytes length (big-endian), payload. Spoken on both hops, CLI to
 * daemon and daemon to agent.
 */
export const FrameType = {
  START: 0x01,
  STDIN: 0x02,
  RESIZE: 0x03,
  SIGNAL: 0x04,
  STARTED: 0x81,
  STDOUT: 0x82,
  STDERR: 0x83,
  EXIT: 0x84,
  ERROR: 0x85,
} as const;

export type FrameType = (typeof FrameType)[keyof typeof FrameType];

export const FRAME_HEADER_BYTES = 5;
/** A larger payload is a protocol error. */
export const MAX_FRAME_PAYLOAD_BYTES = 1024 * 1024;
/** What a sender puts into one frame at most. */
export const SEND_PAYLOAD_BYTES = 64 * 1024;

const KNOWN = new Set<number>(Object.values(FrameType));
/** Their payloads are a byte stream: pieces of a frame are as good as the frame. */
const STREAMED = new Set<number>([FrameType.STDIN, FrameType.STDOUT, FrameType.STDERR]);

/** Bytes that are no frames. The stream is beyond repair. */
export class FrameError extends Error {
  readonly code = "ERR_EXEC_PROTOCOL";
}

export function frameHeader(type: FrameType, payloadBytes: number): Buffer {
  const header = Buffer.allocUnsafe(FRAME_HEADER_BYTES);
  header.writeUInt8(type, 0);
  header.writeUInt32BE(payloadBytes, 1);
  return header;
}

/** One whole frame. `payload` is a buffer, or what becomes JSON. */
export function encodeFrame(type: FrameType, payload: Uint8Array | object): Buffer {
  const body = payload instanceof Uint8Array ? payload : Buffer.from(JSON.stringify(payload));
  return Buffer.concat([frameHeader(type, body.length), body]);
}

/**
 * Called with what was decoded: control frames whole; STDIN, STDOUT and STDERR in pieces as they come, never empty but for a frame that
 * is (the end of stdin). Pieces are views of what was pushed.
 */
export type OnFrame = (type: FrameType, payload: Buffer) => void;

/** Incremental decoder. Holds at most one control frame; bulk data passes through uncopied. */
export class FrameDecoder {
  readonly #onFrame: OnFrame;
  readonly #header = Buffer.alloc(FRAME_HEADER_BYTES);
  #headerBytes = 0;
  #type: FrameType = FrameType.STDIN;
  #left = 0;
  #parts: Buffer[] = [];

  constructor(onFrame: OnFrame) {
    this.#onFrame = onFrame;
  }

  /** Whether the stream may end here. */
  get atFrameBorder(): boolean {
    return this.#headerBytes === 0;
  }

  /** @throws FrameError for an unknown type or a payload that is too large. */
  push(chunk: Buffer): void {
    let offset = 0;
    while (offset < chunk.length) {
      if (this.#headerBytes < FRAME_HEADER_BYTES) {
        const count = chunk.copy(this.#header, this.#headerBytes, offset);
        this.#headerBytes += count;
        offset += count;
        if (this.#headerBytes === FRAME_HEADER_BYTES) this.#begin();
      } else {
        const end = Math.min(chunk.length, offset + this.#left);
        this.#take(chunk.subarray(offset, end));
        offset = end;
      }
    }
  }

  #begin(): void {
    const type = this.#header.readUInt8(0);
    const length = this.#header.readUInt32BE(1);
    if (!KNOWN.has(type)) throw new FrameError(`there is no exec frame of type ${type}`);
    if (length > MAX_FRAME_PAYLOAD_BYTES)
      throw new FrameError(`an exec frame of ${length} bytes is too large`);
    this.#type = type as FrameType;
    this.#left = length;
    if (length === 0) this.#finish(Buffer.alloc(0));
  }

  #take(part: Buffer): void {
    this.#left -= part.length;
    const last = this.#left === 0;
    if (STREAMED.has(this.#type)) {
      const type = this.#type;
      if (last) this.#headerBytes = 0;
      this.#onFrame(type, part);
      return;
    }
    this.#parts.push(part);
    if (last) this.#finish(this.#parts.length === 1 ? part : Buffer.concat(this.#parts));
  }

  #finish(payload: Buffer): void {
    this.#headerBytes = 0;
    this.#parts = [];
    this.#onFrame(this.#type, payload);
  }
}
