import net from "node:net";
import { ipv4Bytes, macBytes } from "../shared/address-bytes.ts";
import { invalid } from "./host-error.ts";

/** Text forms of addresses, as the interface has them, and bytes, as the kernel does. */
export function parseIpv4(text: string): Uint8Array {
  const bytes = ipv4Bytes(text);
  if (bytes === null) throw invalid("parse", text, "not an IPv4 address");
  return bytes;
}

/** `fd00::1` as 16 bytes; without a zone (`%eth0`). */
export function parseIpv6(text: string): Uint8Array {
  if (!net.isIPv6(text) || text.includes("%")) throw invalid("parse", text, "not an IPv6 address");
  // The last four bytes may be written as an IPv4 address.
  const plain = text.replace(/[\d.]+$/, (tail) => {
    if (!tail.includes(".")) return tail;
    const [a = 0, b = 0, c = 0, d = 0] = parseIpv4(tail);
    return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  });
  const [head = "", tail] = plain.split("::").map((half) => (half === "" ? [] : half.split(":")));
  const first = head as string[];
  const last = (tail ?? []) as string[];
  const zeros = Array.from({ length: 8 - first.length - last.length }, () => "0");
  return Uint8Array.from(
    [...first, ...zeros, ...last].flatMap((group) => {
      const value = Number.parseInt(group, 16);
      return [value >> 8, value & 0xff];
    }),
  );
}

/** 4 or 16 bytes. */
export function parseIp(text: string): Uint8Array {
  return text.includes(":") ? parseIpv6(text) : parseIpv4(text);
}

/** `172.30.0.2/32`, `fd00::/64` */
export function parseCidr(text: string): { address: Uint8Array; prefixLength: number } {
  const slash = text.indexOf("/");
  const [address, length] = [text.slice(0, Math.max(slash, 0)), text.slice(slash + 1)];
  const bits = address.includes(":") ? 128 : 32;
  if (slash < 0 || !/^\d{1,3}$/.test(length) || Number(length) > bits) {
    throw invalid("parse", text, "not an IP address with a prefix length");
  }
  return { address: parseIp(address), prefixLength: Number(length) };
}

/** The other end of a point-to-point link, of the family of its own address: for IPv4 the kernel would take four bytes of any longer one. */
export function parsePeer(text: string, own: Uint8Array): Uint8Array {
  const peer = parseIp(text);
  if (peer.length !== own.length) throw invalid("parse", text, `not of the family of ${formatIp(own)}`);
  return peer;
}

/** `02:00:00:00:00:01`; a group address and that of zeros are refused, no link may have them. */
export function parseMac(text: string): Uint8Array {
  const bytes = macBytes(text);
  if (bytes === null) throw invalid("parse", text, "not a MAC address");
  if (((bytes[0] ?? 0) & 1) === 1) throw invalid("parse", text, "a group address");
  if (bytes.every((byte) => byte === 0)) throw invalid("parse", text, "the address of nobody");
  return bytes;
}

export function formatMac(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(":");
}

export function formatIpv4(bytes: Uint8Array): string {
  return bytes.join(".");
}

/** As RFC 5952 says, but never with a dotted tail. */
export function formatIpv6(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, index) =>
    (((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0)).toString(16),
  );
  const text = groups.join(":");
  // Sorting is stable: the first of the longest runs of zeros.
  const [longest] = [...text.matchAll(/\b0(?::0)+\b/g)].sort((a, b) => b[0].length - a[0].length);
  if (longest === undefined) return text;
  const tail = text.slice(longest.index + longest[0].length);
  return `${text.slice(0, longest.index).replace(/:$/, "")}::${tail.replace(/^:/, "")}`;
}

export function formatIp(bytes: Uint8Array): string {
  return bytes.length === 4 ? formatIpv4(bytes) : formatIpv6(bytes);
}

export function formatCidr(bytes: Uint8Array, prefixLength: number): string {
  return `${formatIp(bytes)}/${prefixLength}`;
}

/** A link's name as the kernel takes it, without `%`, which TUNSETIFF reads as a pattern, and without what a sysctl path could not hold. */
export function checkLinkName(name: string): string {
  if (!/^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,14}$/.test(name)) throw invalid("link", name, "not a link name");
  return name;
}
