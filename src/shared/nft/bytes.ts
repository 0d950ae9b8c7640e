/** `bytes` bytes of a number that fits in them. x86-64 and arm64 are little-endian, and banger is for no other. */
export function numberBytes(value: number | bigint, bytes: number, order: "network" | "host"): Uint8Array {
  const out = new Uint8Array(bytes);
  if (bytes <= 4) {
    // Most are. BigInts take ten times as long.
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
  return putAscii(bytes, 0, text) ? bytes : new TextEncoder().encode(text);
}

/** Writes a text into bytes that are there; false where it has a character that is not ASCII, and then it is not whole. */
export function putAscii(out: Uint8Array, begin: number, text: string): boolean {
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > 0x7f) return false;
    out[begin + at] = code;
  }
  return true;
}

export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(lengthOf(parts));
  putAll(out, 0, parts);
  return out;
}

export function lengthOf(parts: readonly Uint8Array[]): number {
  let length = 0;
  for (const part of parts) length += part.length;
  return length;
}

/** Writes them into bytes that are there, one behind another. Where they end. */
export function putAll(out: Uint8Array, begin: number, parts: readonly Uint8Array[]): number {
  let at = begin;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return at;
}

/** Each filled with zeros to whole 32-bit words, as parts of a concatenation are. */
export function joinedWords(parts: readonly Uint8Array[]): Uint8Array {
  return joined(parts.map(padded));
}

function padded(bytes: Uint8Array): Uint8Array {
  return bytes.length % 4 === 0 ? bytes : joined([bytes, new Uint8Array(4 - (bytes.length % 4))]);
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
