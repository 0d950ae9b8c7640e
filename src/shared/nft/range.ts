import { compareBytes } from "./bytes.ts";
import { nftInvalid } from "./error.ts";
import { NFT_TYPES, type NftType, type NftValue } from "./types.ts";
import { bytesValue, valueBytes } from "./value.ts";

/** Both ends belong to it. */
export interface ByteRange {
  readonly from: Uint8Array;
  readonly to: Uint8Array;
}

type Part = NftValue | { readonly from: NftValue; readonly to: NftValue };

const PREFIX = /^(.+)\/(\d{1,3})$/;

/** Whether it is more than one value: a prefix or a range. */
export function isRange(type: NftType, part: Part): part is string | { from: NftValue; to: NftValue } {
  if (typeof part === "object" && !(part instanceof Uint8Array)) return true;
  return typeof part === "string" && hasPrefixes(type) && PREFIX.test(part);
}

/** The bytes of a value, a prefix (`10.0.0.0/8`; bits behind it do not matter) or a range. ERR_HOST_INVALID. */
export function rangeBytes(type: NftType, part: Part): ByteRange {
  if (!isRange(type, part)) {
    const bytes = valueBytes(type, part as NftValue);
    return { from: bytes, to: bytes };
  }
  if (typeof part === "string") return prefixBytes(type, part);
  // Ranges are of bytes, and those of numbers in the host's order do not grow as the numbers do.
  if (NFT_TYPES[type].order === "host" && NFT_TYPES[type].bytes > 1) {
    throw nftInvalid(`a range of ${type}`, "the kernel compares it byte by byte, in the host's order");
  }
  const [from, to] = [valueBytes(type, part.from), valueBytes(type, part.to)];
  if (compareBytes(from, to) > 0) throw nftInvalid(`${part.from}-${part.to}`, "it ends before it begins");
  return { from, to };
}

function hasPrefixes(type: NftType): boolean {
  return type === "ipv4_addr" || type === "ipv6_addr";
}

function prefixBytes(type: NftType, text: string): ByteRange {
  const [, address = "", digits = ""] = PREFIX.exec(text) ?? [];
  const bytes = valueBytes(type, address);
  const length = Number(digits);
  if (length > bytes.length * 8) throw nftInvalid(text, "no such prefix length");
  const mask = prefixMask(bytes.length, length);
  return {
    from: bytes.map((byte, i) => byte & (mask[i] as number)),
    to: bytes.map((byte, i) => byte | (~(mask[i] as number) & 0xff)),
  };
}

export function prefixMask(bytes: number, length: number): Uint8Array {
  return Uint8Array.from(
    { length: bytes },
    (_, i) => (0xff00 >> Math.max(0, Math.min(8, length - 8 * i))) & 0xff,
  );
}

/** How a listing writes it: as a value, as a prefix, or as a range. */
export function rangePart(type: NftType | "unknown", { from, to }: ByteRange): Part {
  if (compareBytes(from, to) === 0) return bytesValue(type, from);
  if (type !== "unknown" && hasPrefixes(type) && from.length === NFT_TYPES[type].bytes) {
    for (let length = 0; length < from.length * 8; length++) {
      const mask = prefixMask(from.length, length);
      const spans = from.every(
        (byte, i) => (byte & ~(mask[i] as number)) === 0 && to[i] === (byte | (~(mask[i] as number) & 0xff)),
      );
      if (spans) return `${bytesValue(type, from)}/${length}`;
    }
  }
  return { from: bytesValue(type, from), to: bytesValue(type, to) };
}
