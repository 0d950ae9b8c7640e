import { isIPv6 } from "node:net";
import { ipv4Bytes } from "../address-bytes.ts";

/** The 4 or 16 bytes of an address without a zone; null of anything else. */
export function addressBytes(text: string): Uint8Array | null {
  const short = ipv4Bytes(text);
  if (short !== null) return short;
  if (!isIPv6(text) || text.includes("%")) return null;
  // The last 32 bits may be written as IPv4.
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(text);
  const hex = (high: string | undefined, low: string | undefined) =>
    (Number(high) * 256 + Number(low)).toString(16);
  const plain =
    dotted === null ? text : `${dotted[1]}${hex(dotted[2], dotted[3])}:${hex(dotted[4], dotted[5])}`;
  const [before = "", after] = plain.split("::");
  const words = (part: string) => part.split(":").filter((word) => word !== "");
  const [head, tail] = [words(before), words(after ?? "")];
  const gap = after === undefined ? 0 : 8 - head.length - tail.length;
  const all = [...head, ...Array<string>(gap).fill("0"), ...tail].map((word) => Number.parseInt(word, 16));
  return Uint8Array.from(all.flatMap((word) => [word >> 8, word & 0xff]));
}

/** `10.0.0.1`, or the short form of IPv6 (RFC 5952). */
export function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  const words = Array.from({ length: 8 }, (_, i) => ((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0));
  let [start, length] = [0, 1];
  for (let at = 0; at < 8; at++) {
    let end = at;
    while (end < 8 && words[end] === 0) end += 1;
    if (end - at > length) [start, length] = [at, end - at];
  }
  const text = (part: number[]) => part.map((word) => word.toString(16)).join(":");
  return length < 2 ? text(words) : `${text(words.slice(0, start))}::${text(words.slice(start + length))}`;
}
