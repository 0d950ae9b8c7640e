import { promisify } from "node:util";
import zlib from "node:zlib";
import { BangerError } from "../../shared/errors.ts";
import { LZ4_LEGACY_MAGIC, unpackLegacyLz4 } from "./lz4.ts";

/**
 * Takes the ELF vmlinux out of an x86 bzImage, because Firecracker boots nothing else and QEMU boots it faster.
 * The boot protocol's header says where the payload is: https://www.kernel.org/doc/html/latest/arch/x86/boot.html
 */

const SETUP_SECTS = 0x1f1;
const BOOT_FLAG = 0x1fe;
const HEADER_MAGIC = 0x202;
const PROTOCOL_VERSION = 0x206;
const PAYLOAD_OFFSET = 0x248;
const PAYLOAD_LENGTH = 0x24c;
/** payload_offset and payload_length are there since 2.08. */
const PROTOCOL_2_08 = 0x0208;
/** Far more than any kernel; bounds what a forged length can make us allocate. */
const MAX_VMLINUX_BYTES = 512 * 1024 * 1024;

export interface UnpackExtra {
  /** Unpacks an .xz stream (node:zlib has none): through the xz program. */
  xz(packed: Uint8Array, maxBytes: number): Promise<Uint8Array>;
}

/**
 * @param image a bzImage (`vmlinuz-*`), or an ELF vmlinux, which is returned as it is.
 * @throws BangerError ERR_KERNEL_FORMAT, ERR_LZ4_CORRUPT
 */
export async function extractVmlinux(image: Uint8Array, extra: UnpackExtra): Promise<Uint8Array> {
  if (isElf(image)) return checkElf(image);
  const payload = findPayload(image);
  // The kernel's build appends the unpacked size to every kind of payload (gzip carries it as its own ISIZE).
  const size = new DataView(payload.buffer, payload.byteOffset).getUint32(payload.length - 4, true);
  if (size === 0 || size > MAX_VMLINUX_BYTES)
    throw formatError(`an unpacked size of ${size} bytes is not believable`);
  const unpacked = await unpack(payload, size, extra);
  if (unpacked.length !== size)
    throw formatError(`the payload has ${unpacked.length} bytes, its trailer says ${size}`);
  return checkElf(unpacked);
}

function findPayload(image: Uint8Array): Uint8Array {
  if (image.length < PAYLOAD_LENGTH + 4) throw formatError("the file is shorter than a kernel's header");
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  // 0x53726448 is "HdrS".
  if (view.getUint16(BOOT_FLAG, true) !== 0xaa55 || view.getUint32(HEADER_MAGIC, true) !== 0x53726448) {
    throw formatError("it is neither an ELF file nor an x86 bzImage");
  }
  if (view.getUint16(PROTOCOL_VERSION, true) < PROTOCOL_2_08)
    throw formatError("its boot protocol is older than 2.08");
  // A setup_sects of 0 means 4, for historical reasons.
  const setupSectors = view.getUint8(SETUP_SECTS) || 4;
  const start = (setupSectors + 1) * 512 + view.getUint32(PAYLOAD_OFFSET, true);
  const length = view.getUint32(PAYLOAD_LENGTH, true);
  if (length < 8 || start + length > image.length) throw formatError("its payload lies outside of the file");
  return image.subarray(start, start + length);
}

async function unpack(payload: Uint8Array, size: number, extra: UnpackExtra): Promise<Uint8Array> {
  const magic = new DataView(payload.buffer, payload.byteOffset).getUint32(0, true);
  const withoutTrailer = payload.subarray(0, payload.length - 4);
  try {
    if (magic === LZ4_LEGACY_MAGIC) return unpackLegacyLz4(withoutTrailer, size);
    if ((magic & 0xffff) === 0x8b1f) return await promisify(zlib.gunzip)(payload, { maxOutputLength: size });
    if (magic === 0xfd2fb528) return await unpackZstd(withoutTrailer, size);
    if (magic === 0x587a37fd) return await extra.xz(withoutTrailer, size);
  } catch (cause) {
    if (cause instanceof BangerError) throw cause;
    throw formatError("its payload cannot be unpacked", cause);
  }
  throw formatError(`its payload is packed in an unknown way (magic ${magic.toString(16)})`);
}

async function unpackZstd(packed: Uint8Array, size: number): Promise<Uint8Array> {
  // node:zlib has zstd since Node 22.15.
  if (typeof zlib.zstdDecompress !== "function")
    throw formatError("its payload is zstd, which needs Node 22.15 or later");
  return promisify(zlib.zstdDecompress)(packed, { maxOutputLength: size });
}

function isElf(image: Uint8Array): boolean {
  return image[0] === 0x7f && image[1] === 0x45 && image[2] === 0x4c && image[3] === 0x46;
}

/** ELF64, little-endian, executable, x86-64: what both VMMs boot. */
function checkElf(image: Uint8Array): Uint8Array {
  if (!isElf(image) || image.length < 64) throw formatError("what is packed in it is not an ELF file");
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  const [elfClass, data, type, machine] = [
    image[4],
    image[5],
    view.getUint16(16, true),
    view.getUint16(18, true),
  ];
  if (elfClass !== 2 || data !== 1 || type !== 2 || machine !== 62) {
    throw formatError("its ELF file is not an x86-64 executable");
  }
  return image;
}

function formatError(what: string, cause?: unknown): BangerError {
  return new BangerError("ERR_KERNEL_FORMAT", `the kernel file cannot be used: ${what}`, {
    next: "give an x86-64 bzImage (vmlinuz) or an ELF vmlinux",
    cause,
  });
}
