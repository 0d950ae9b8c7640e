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

/** Each filled with zeros to whole 32-bit words, as parts of a concatenation are. */
export function joinedWords(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += wholeWords(part.length);
  const out = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += wholeWords(part.length);
  }
  return out;
}

/** So many bytes, up to the end of a 32-bit word. */
export function wholeWords(bytes: number): number {
  return (bytes + 3) & ~3;
}

/** Writes a number into bytes that are there, in the host's order: without an array of its own, which costs more than the number. */
export function putHost(out: Uint8Array, at: number, value: number, bytes: 2 | 4): void {
  out[at] = value & 0xff;
  out[at + 1] = (value >>> 8) & 0xff;
  if (bytes === 2) return;
  out[at + 2] = (value >>> 16) & 0xff;
  out[at + 3] = value >>> 24;
}

/** As {@link putHost}, read; unsigned. */
export function hostNumber(bytes: Uint8Array, at: number, size: 2 | 4): number {
  const low = (bytes[at] as number) | ((bytes[at + 1] as number) << 8);
  if (size === 2) return low;
  return (low | ((bytes[at + 2] as number) << 16) | ((bytes[at + 3] as number) << 24)) >>> 0;
}

export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    if (a[i] !== b[i]) return (a[i] as number) - (b[i] as number);
  }
  return a.length - b.length;
}
