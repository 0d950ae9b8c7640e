import zlib from "node:zlib";
import fc from "fast-check";
import { expect, test } from "vitest";
import { extractVmlinux } from "../../../../src/images/kernel/vmlinux.ts";
import { errorCode } from "../../../../src/shared/errors.ts";
import { packLegacyLz4 } from "./lz4-pack.ts";

const noXz = { xz: () => Promise.reject(new Error("xz was not expected")) };

/** An ELF64 header of an x86-64 executable, and something behind it. */
const elf = Buffer.alloc(5000, "kernel ");
elf.fill(0, 0, 64);
elf.write("\x7fELF", 0, "latin1");
elf.set([2, 1, 1], 4);
elf.writeUInt16LE(2, 16);
elf.writeUInt16LE(62, 18);

function withSize(packed: Uint8Array, size = elf.length): Buffer {
  const trailer = Buffer.alloc(4);
  trailer.writeUInt32LE(size);
  return Buffer.concat([packed, trailer]);
}

/** A bzImage after the boot protocol: boot sector, setup, then the protected-mode code with the payload in it. */
function bzImage(payload: Uint8Array, { setupSectors = 3, offset = 700, version = 0x020f } = {}): Buffer {
  const setup = Buffer.alloc(((setupSectors || 4) + 1) * 512);
  setup[0x1f1] = setupSectors;
  setup.writeUInt16LE(0xaa55, 0x1fe);
  setup.write("HdrS", 0x202);
  setup.writeUInt16LE(version, 0x206);
  setup.writeUInt32LE(offset, 0x248);
  setup.writeUInt32LE(payload.length, 0x24c);
  return Buffer.concat([setup, Buffer.alloc(offset, 0xcc), payload, Buffer.alloc(33)]);
}

test.each([
  ["legacy LZ4", withSize(packLegacyLz4(elf))],
  ["gzip", zlib.gzipSync(elf)],
  ...(typeof zlib.zstdCompressSync === "function"
    ? [["zstd", withSize(zlib.zstdCompressSync(elf))] as const]
    : []),
] as const)("a payload packed with %s", async (_kind, payload) => {
  expect(Buffer.from(await extractVmlinux(bzImage(payload), noXz)).equals(elf)).toBe(true);
});

test("a payload packed with xz goes through the program, without the trailing size", async () => {
  const packed = Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 1, 2, 3]);
  const seen: Uint8Array[] = [];
  const xz = async (bytes: Uint8Array) => {
    seen.push(bytes);
    return elf;
  };
  expect(await extractVmlinux(bzImage(withSize(packed)), { xz })).toEqual(elf);
  expect(Buffer.from(seen[0] as Uint8Array)).toEqual(packed);
});

test("setup_sects of 0 means 4", async () => {
  const image = bzImage(zlib.gzipSync(elf), { setupSectors: 0 });
  expect(Buffer.from(await extractVmlinux(image, noXz)).equals(elf)).toBe(true);
});

test("an ELF vmlinux is taken as it is", async () => {
  expect(await extractVmlinux(elf, noXz)).toBe(elf);
});

const wrongMachine = Buffer.from(elf);
wrongMachine.writeUInt16LE(183, 18);

test.each([
  ["an empty file", Buffer.alloc(0)],
  ["something else", Buffer.alloc(4096, 0x41)],
  ["an old boot protocol", bzImage(zlib.gzipSync(elf), { version: 0x0207 })],
  ["an unknown packing", bzImage(withSize(Buffer.from("BZh91AY&SY12345678")))],
  ["a payload that is no ELF file", bzImage(zlib.gzipSync(Buffer.alloc(100)))],
  [
    "a damaged payload",
    bzImage(Buffer.concat([zlib.gzipSync(elf).subarray(0, 40), Buffer.from([9, 0, 0, 0])])),
  ],
  ["a payload larger than its trailer says", bzImage(withSize(packLegacyLz4(elf), 100))],
  ["a trailer that says gigabytes", bzImage(withSize(packLegacyLz4(elf), 0xf0000000))],
  ["a kernel for another machine", wrongMachine],
  ["a file cut inside the payload", bzImage(zlib.gzipSync(elf)).subarray(0, 2800)],
])("%s is refused", async (_what, image) => {
  const code = await extractVmlinux(image, noXz).then(() => "none", errorCode);
  expect(["ERR_KERNEL_FORMAT", "ERR_LZ4_CORRUPT"]).toContain(code);
});

test("flipped bytes anywhere in the header never give another kind of error", async () => {
  const good = bzImage(withSize(packLegacyLz4(elf)));
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 0x1f0, max: 0x250 }),
      fc.uint8Array({ minLength: 1, maxLength: 8 }),
      async (at, bytes) => {
        const image = Buffer.from(good);
        image.set(bytes, at);
        const code = await extractVmlinux(image, noXz).then(() => "none", errorCode);
        expect(["none", "ERR_KERNEL_FORMAT", "ERR_LZ4_CORRUPT"]).toContain(code);
      },
    ),
  );
});
