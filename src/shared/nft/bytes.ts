/** `bytes` bytes of a number that fits in them. x86-64 and arm64 are little-endian, and banger is for no other. */
export function numberBytes(value: number | bigint, bytes: number, order: "network" | "host"): Uint8Array {
  const out = new Uint8Array(bytes);
  if (bytes <= 4) {
    // Most are: lengths, types, attributes. BigInts take ten times as long.
    let rest = Number(value);
    for (let i = 0; i < bytes; i++, rest = Math.floor(rest / 256))
      out[order === "host" ? i : bytes - 1 - i] = rest % 256;
    return out;
  }
  let rest = BigInt(value);
  for (let i = 0; i < bytes; i++, rest >>= 8n)
    out[order === "host" ? i : bytes - 1 - i] = Number(rest & 0xffn);
  return out;
}

export function bytesNumber(bytes: Uint8Array, order: "network" | "host"): bigint {
  let value = 0n;
  for (const byte of order === "host" ? [...bytes].reverse() : bytes) value = (value << 8n) | BigInt(byte);
  return value;
}

/** UTF-8. Names are ASCII, and a first call of TextEncoder takes as long as all else of a message. */
export function textBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > 0x7f) return new TextEncoder().encode(text);
    bytes[at] = code;
  }
  return bytes;
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** Filled with zeros to whole 32-bit words, as parts of a concatenation and attributes of netlink are. */
export function padded(bytes: Uint8Array): Uint8Array {
  return bytes.length % 4 === 0 ? bytes : joined([bytes, new Uint8Array(4 - (bytes.length % 4))]);
}

export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    if (a[i] !== b[i]) return (a[i] as number) - (b[i] as number);
  }
  return a.length - b.length;
}
