import { invalid } from "./host-error.ts";

/** Text forms of addresses, as the interface has them, and bytes, as the kernel does. */
export function parseIpv4(text: string): Uint8Array {
  const octets = text.split(".");
  if (
    octets.length !== 4 ||
    !octets.every((octet) => /^(0|[1-9]\d{0,2})$/.test(octet) && Number(octet) < 256)
  ) {
    throw invalid("parse", text, "not an IPv4 address");
  }
  return Uint8Array.from(octets, Number);
}

/** `172.30.0.2/32` */
export function parseCidr(text: string): { address: Uint8Array; prefixLength: number } {
  const [address = "", length = "", ...rest] = text.split("/");
  if (rest.length > 0 || !/^\d{1,2}$/.test(length) || Number(length) > 32) {
    throw invalid("parse", text, "not an IPv4 address with a prefix length");
  }
  return { address: parseIpv4(address), prefixLength: Number(length) };
}

/** `02:00:00:00:00:01`; a group address is refused, no link may have one. */
export function parseMac(text: string): Uint8Array {
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text)) throw invalid("parse", text, "not a MAC address");
  const bytes = Uint8Array.from(text.split(":"), (octet) => Number.parseInt(octet, 16));
  if (((bytes[0] ?? 0) & 1) === 1) throw invalid("parse", text, "a group address");
  return bytes;
}

export function formatIpv4(bytes: Uint8Array): string {
  return bytes.join(".");
}

export function formatCidr(bytes: Uint8Array, prefixLength: number): string {
  return `${formatIpv4(bytes)}/${prefixLength}`;
}

/** A link's name as the kernel takes it, without `%`, which TUNSETIFF reads as a pattern, and without what a sysctl path could not hold. */
export function checkLinkName(name: string): string {
  if (!/^[A-Za-z0-9_-][A-Za-z0-9_.-]{0,14}$/.test(name)) throw invalid("link", name, "not a link name");
  return name;
}
