import { macBytes } from "../address-bytes.ts";
import { addressBytes, addressText } from "./address.ts";
import { bytesNumber, numberBytes, textBytes } from "./bytes.ts";
import { nftInvalid } from "./error.ts";
import { NFT_TYPES, type NftType, type NftValue, type TypeFacts } from "./types.ts";

/** A value's bytes, as the kernel compares them. ERR_HOST_INVALID where the type has no such value. */
export function valueBytes(type: NftType, value: NftValue): Uint8Array {
  const facts = NFT_TYPES[type];
  const bytes = value instanceof Uint8Array ? value : encode(type, facts, value);
  if (bytes === null || bytes.length !== facts.bytes) throw nftInvalid(String(value), `not of type ${type}`);
  return bytes;
}

function encode(type: NftType, facts: TypeFacts, value: string | number): Uint8Array | null {
  if (type === "ifname") return typeof value === "string" ? nameBytes(value) : null;
  if (type === "ipv4_addr" || type === "ipv6_addr") return addressBytes(String(value));
  if (type === "ether_addr") return macBytes(String(value));
  const number = typeof value === "number" ? value : named(facts, value);
  const fits =
    number !== null && Number.isSafeInteger(number) && number >= 0 && number < 2 ** (8 * facts.bytes);
  return fits ? numberBytes(number, facts.bytes, facts.order) : null;
}

/** 16 bytes, filled with zeros: the kernel's comparison is of all of them. */
function nameBytes(name: string): Uint8Array | null {
  const text = textBytes(name);
  if (text.length === 0 || text.length > 15 || /[\0/\s]/.test(name)) return null;
  const bytes = new Uint8Array(16);
  bytes.set(text);
  return bytes;
}

function named({ names = {}, flags = false }: TypeFacts, text: string): number | null {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  const numbers = (flags ? text.split(",") : [text]).map((name) =>
    Object.hasOwn(names, name) ? (names[name] as number) : null,
  );
  return numbers.includes(null) ? null : (numbers as number[]).reduce((sum, bit) => sum | bit, 0);
}

/** The value of bytes; the bytes themselves where they are not of the type's length. */
export function bytesValue(type: NftType | "unknown", bytes: Uint8Array): NftValue {
  if (type === "unknown" || bytes.length !== NFT_TYPES[type].bytes) return Uint8Array.from(bytes);
  const facts = NFT_TYPES[type];
  if (type === "ifname") return new TextDecoder().decode(bytes.subarray(0, (bytes.indexOf(0) + 17) % 17));
  if (type === "ipv4_addr" || type === "ipv6_addr") return addressText(bytes);
  if (type === "ether_addr") return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join(":");
  const number = bytesNumber(bytes, facts.order);
  if (number > BigInt(Number.MAX_SAFE_INTEGER)) return Uint8Array.from(bytes);
  return nameOf(facts, Number(number)) ?? Number(number);
}

function nameOf({ names = {}, flags = false }: TypeFacts, number: number): string | null {
  const whole = Object.entries(names).find(([, value]) => value === number);
  if (whole !== undefined || !flags || number === 0) return whole?.[0] ?? null;
  const bits = Object.entries(names).filter(([, bit]) => (number & bit) !== 0);
  return bits.reduce((sum, [, bit]) => sum | bit, 0) === number ? bits.map(([name]) => name).join(",") : null;
}
