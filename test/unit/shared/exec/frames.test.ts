import fc from "fast-check";
import { expect, test } from "vitest";
import {
  encodeFrame,
  FRAME_HEADER_BYTES,
  FrameDecoder,
  FrameError,
  FrameType,
  frameHeader,
  MAX_FRAME_PAYLOAD_BYTES,
} from "../../../../src/shared/exec/frames.ts";

type Frame = { type: FrameType; payload: Buffer };

const STREAMED = new Set<number>([FrameType.STDIN, FrameType.STDOUT, FrameType.STDERR]);
const anyFrame = fc.record({
  type: fc.constantFrom(...Object.values(FrameType)),
  payload: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
});

/** Decodes; pieces of one streamed type that follow one another are joined. */
function decode(chunks: Buffer[]): { frames: Frame[]; atFrameBorder: boolean } {
  const frames: Frame[] = [];
  const decoder = new FrameDecoder((type, payload) => {
    const last = frames.at(-1);
    const goesOn = last?.type === type && STREAMED.has(type) && payload.length > 0 && last.payload.length > 0;
    if (goesOn && last) last.payload = Buffer.concat([last.payload, payload]);
    else frames.push({ type, payload: Buffer.from(payload) });
  });
  for (const chunk of chunks) decoder.push(chunk);
  return { frames, atFrameBorder: decoder.atFrameBorder };
}

function split(bytes: Buffer, cuts: number[]): Buffer[] {
  const borders = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return borders.slice(1).map((end, index) => bytes.subarray(borders[index], end));
}

test("what was encoded comes out again, however the bytes are cut", () => {
  fc.assert(
    fc.property(
      fc.array(anyFrame, { maxLength: 8 }),
      fc.array(fc.nat(), { maxLength: 12 }),
      (frames, cuts) => {
        const bytes = Buffer.concat(frames.map(({ type, payload }) => encodeFrame(type, payload)));
        const whole = decode([bytes]);
        expect(decode(split(bytes, cuts))).toEqual(whole);
        expect(whole.atFrameBorder).toBe(true);
        const of = (list: Frame[], type: FrameType) =>
          Buffer.concat(list.filter((frame) => frame.type === type).map((frame) => frame.payload));
        for (const type of Object.values(FrameType)) expect(of(whole.frames, type)).toEqual(of(frames, type));
      },
    ),
  );
});

test("a cut at every border of a short stream changes nothing", () => {
  const bytes = Buffer.concat([
    encodeFrame(FrameType.STARTED, { pid: 123 }),
    encodeFrame(FrameType.STDOUT, Buffer.from("hello")),
    encodeFrame(FrameType.STDERR, Buffer.from("oops")),
    encodeFrame(FrameType.EXIT, { code: 7, signal: null }),
  ]);
  const whole = decode([bytes]);
  expect(whole.frames).toHaveLength(4);
  for (let cut = 0; cut <= bytes.length; cut += 1) {
    expect(decode([bytes.subarray(0, cut), bytes.subarray(cut)])).toEqual(whole);
  }
  expect(decode(Array.from(bytes, (byte) => Buffer.from([byte])))).toEqual(whole);
});

test("an empty STDIN frame is handed on: it is the end of stdin", () => {
  const { frames } = decode([encodeFrame(FrameType.STDIN, Buffer.alloc(0))]);
  expect(frames).toEqual([{ type: FrameType.STDIN, payload: Buffer.alloc(0) }]);
});

test("bulk data is not copied", () => {
  const bytes = encodeFrame(FrameType.STDOUT, Buffer.from("shared"));
  let piece: Buffer = Buffer.alloc(0);
  new FrameDecoder((_type, payload) => {
    piece = payload;
  }).push(bytes);
  expect(piece.buffer).toBe(bytes.buffer);
});

test("a stream that ends within a frame is told from one that ends after it", () => {
  const bytes = encodeFrame(FrameType.STDOUT, Buffer.from("hello"));
  expect(decode([bytes.subarray(0, FRAME_HEADER_BYTES + 2)]).atFrameBorder).toBe(false);
  expect(decode([bytes]).atFrameBorder).toBe(true);
});

test("an unknown type and a payload that is too large are refused before any of it is stored", () => {
  const push = (bytes: Buffer) => () => decode([bytes]);
  expect(push(Buffer.from([0x77, 0, 0, 0, 0]))).toThrow(FrameError);
  expect(push(frameHeader(FrameType.START, MAX_FRAME_PAYLOAD_BYTES + 1))).toThrow(FrameError);
  expect(push(frameHeader(FrameType.START, 0xffff_ffff))).toThrow(FrameError);
  expect(push(frameHeader(FrameType.START, MAX_FRAME_PAYLOAD_BYTES))).not.toThrow();
});

test("hostile bytes end in a FrameError or nothing", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
      try {
        decode([Buffer.from(bytes)]);
      } catch (error) {
        expect(error).toBeInstanceOf(FrameError);
      }
    }),
  );
});
