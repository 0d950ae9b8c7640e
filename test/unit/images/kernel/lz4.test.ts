import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { expect, test } from "vitest";
import { unpackLegacyLz4 } from "../../../../src/images/kernel/lz4.ts";
import { errorCode } from "../../../../src/shared/errors.ts";
import { packLegacyLz4 } from "./lz4-pack.ts";

/** Text with repetitions near and far, long runs included. */
const compressible = fc
  .array(fc.tuple(fc.uint8Array({ minLength: 1, maxLength: 20 }), fc.integer({ min: 1, max: 60 })), {
    maxLength: 30,
  })
  .map((parts) => Buffer.concat(parts.flatMap(([bytes, times]) => Array<Uint8Array>(times).fill(bytes))));

test("what was packed comes back", () => {
  fc.assert(
    fc.property(compressible, (data) => {
      const unpacked = unpackLegacyLz4(packLegacyLz4(data), data.length);
      expect(Buffer.from(unpacked).equals(data)).toBe(true);
    }),
  );
});

test("overlapping matches repeat, and lengths of 15 and more go on in further bytes", () => {
  const run = Buffer.alloc(100_000, 0x61);
  expect(Buffer.from(unpackLegacyLz4(packLegacyLz4(run), run.length)).equals(run)).toBe(true);
});

test("several blocks, as a kernel has", () => {
  const data = Buffer.alloc(9 * 1024 * 1024);
  for (let at = 0; at < data.length; at += 4096) data.writeUInt32LE(at, at);
  expect(Buffer.from(unpackLegacyLz4(packLegacyLz4(data), data.length)).equals(data)).toBe(true);
});

test("what lz4(1) packs comes back", (context) => {
  let packed: Buffer;
  const data = Buffer.from("banger ".repeat(50_000));
  try {
    packed = execFileSync("lz4", ["-l", "-9", "-c"], { input: data, maxBuffer: 1 << 24 });
  } catch {
    return context.skip("lz4 is not installed here");
  }
  expect(Buffer.from(unpackLegacyLz4(packed, data.length)).equals(data)).toBe(true);
});

function unpackOrCode(input: Uint8Array, size: number): string | number {
  try {
    return unpackLegacyLz4(input, size).length;
  } catch (error) {
    return errorCode(error);
  }
}

test("hostile bytes behind the magic are refused or unpack to the size asked for, nothing else", () => {
  const magic = Buffer.from([0x02, 0x21, 0x4c, 0x18]);
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 0, max: 5000 }), (block, size) => {
      const length = Buffer.alloc(4);
      length.writeUInt32LE(block.length);
      expect([size, "ERR_LZ4_CORRUPT"]).toContain(unpackOrCode(Buffer.concat([magic, length, block]), size));
    }),
    { numRuns: 2000 },
  );
});

test("a flipped byte or a cut-off end is refused or unpacks to the size asked for", () => {
  fc.assert(
    fc.property(
      compressible,
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      fc.boolean(),
      (data, where, flip, cut) => {
        const packed = packLegacyLz4(data);
        const at = where % packed.length;
        packed[at] = (packed[at] as number) ^ flip;
        const input = cut ? packed.subarray(0, at) : packed;
        expect([data.length, "ERR_LZ4_CORRUPT"]).toContain(unpackOrCode(input, data.length));
      },
    ),
  );
});

test("a match that reaches before the beginning is refused", () => {
  // One literal, then a match 2 bytes back.
  const block = [0x10, 0x61, 0x02, 0x00, 0x00];
  const frame = Buffer.from([0x02, 0x21, 0x4c, 0x18, block.length, 0, 0, 0, ...block]);
  expect(unpackOrCode(frame, 10)).toBe("ERR_LZ4_CORRUPT");
});
