/** Text forms of addresses, read character by character: a create reads a dozen, and a regular expression and a split cost ten times as much. */

const [ZERO, NINE, DOT, COLON] = [0x30, 0x39, 0x2e, 0x3a];

/** `172.30.0.2`: four decimal numbers without leading zeros, in network order; null of anything else. */
export function ipv4Bytes(text: string): Uint8Array | null {
  const bytes = new Uint8Array(4);
  let octet = 0;
  let value = -1; // nothing of it yet
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === DOT && value >= 0 && octet < 3) {
      bytes[octet++] = value;
      value = -1;
    } else if (code >= ZERO && code <= NINE && value !== 0) {
      value = Math.max(value, 0) * 10 + code - ZERO;
      if (value > 255) return null;
    } else {
      return null;
    }
  }
  if (octet !== 3 || value < 0) return null;
  bytes[3] = value;
  return bytes;
}

/** `02:00:00:00:00:01`, in either case; null of anything else. */
export function macBytes(text: string): Uint8Array | null {
  if (text.length !== 17) return null;
  const bytes = new Uint8Array(6);
  for (let i = 0; i < 6; i++) {
    const [high, low] = [hexDigit(text.charCodeAt(3 * i)), hexDigit(text.charCodeAt(3 * i + 1))];
    if (high < 0 || low < 0 || (i < 5 && text.charCodeAt(3 * i + 2) !== COLON)) return null;
    bytes[i] = high * 16 + low;
  }
  return bytes;
}

/** -1 of no such digit. */
function hexDigit(code: number): number {
  if (code >= ZERO && code <= NINE) return code - ZERO;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
