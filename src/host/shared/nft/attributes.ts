import {
  bytesNumber,
  hostNumber,
  lengthOf,
  numberBytes,
  putAll,
  putAscii,
  putHost,
  wholeWords,
} from "../../../shared/nft/bytes.ts";

/** Netlink attributes (struct nlattr), as pure bytes. nf_tables has its numbers in network order. */

const NESTED = 0x8000; // NLA_F_NESTED
const TYPE_MASK = 0x3fff; // without it and NLA_F_NET_BYTEORDER
const HEADER = 4;

/** `nlattr(length, type) payload`, filled to 4 bytes. A payload beyond 65,531 bytes is a RangeError. */
export function attribute(type: number, payload: Uint8Array): Uint8Array {
  const bytes = empty(type, payload.length);
  bytes.set(payload, HEADER);
  return bytes;
}

function empty(type: number, payloadBytes: number): Uint8Array {
  const length = HEADER + payloadBytes;
  if (length > 0xffff) throw new RangeError("an attribute holds at most 65,531 bytes");
  const bytes = new Uint8Array(wholeWords(length));
  putHost(bytes, 0, length, 2);
  putHost(bytes, 2, type, 2);
  return bytes;
}

export function u32(type: number, value: number): Uint8Array {
  return attribute(type, numberBytes(value, 4, "network"));
}

export function u64(type: number, value: bigint): Uint8Array {
  return attribute(type, numberBytes(value, 8, "network"));
}

/** With its NUL. */
export function text(type: number, value: string): Uint8Array {
  const bytes = empty(type, value.length + 1);
  return putAscii(bytes, HEADER, value) ? bytes : attribute(type, new TextEncoder().encode(`${value}\0`));
}

export function nested(type: number, ...children: readonly Uint8Array[]): Uint8Array {
  const bytes = empty(type | NESTED, lengthOf(children));
  putAll(bytes, HEADER, children);
  return bytes;
}

/** The attributes of one level, by type; of a type that is there twice, the last. What is malformed ends the walk. */
export class Attributes {
  readonly #byType = new Map<number, Uint8Array>();

  constructor(bytes: Uint8Array) {
    for (const { type, payload } of attributesOf(bytes)) this.#byType.set(type, payload);
  }

  has(type: number): boolean {
    return this.#byType.has(type);
  }

  bytes(type: number): Uint8Array {
    const payload = this.#byType.get(type);
    if (payload === undefined) throw new Malformed(`no attribute ${type}`);
    return payload;
  }

  u32(type: number): number {
    return Number(bytesNumber(this.#sized(type, 4), "network"));
  }

  u64(type: number): bigint {
    return bytesNumber(this.#sized(type, 8), "network");
  }

  text(type: number): string {
    const payload = this.bytes(type);
    const end = payload.indexOf(0);
    return new TextDecoder().decode(end < 0 ? payload : payload.subarray(0, end));
  }

  nested(type: number): Attributes {
    return new Attributes(this.bytes(type));
  }

  #sized(type: number, size: number): Uint8Array {
    const payload = this.bytes(type);
    if (payload.length !== size) throw new Malformed(`attribute ${type} has ${payload.length} bytes`);
    return payload;
  }
}

/** An attribute that must be there is not, or has another length. */
export class Malformed extends Error {}

export interface Attribute {
  readonly type: number;
  readonly payload: Uint8Array;
}

export function attributesOf(bytes: Uint8Array): Attribute[] {
  const found: Attribute[] = [];
  for (let at = 0; at + HEADER <= bytes.length; ) {
    const length = hostNumber(bytes, at, 2);
    if (length < HEADER || at + length > bytes.length) break;
    const type = hostNumber(bytes, at + 2, 2) & TYPE_MASK;
    found.push({ type, payload: bytes.subarray(at + HEADER, at + length) });
    at += wholeWords(length);
  }
  return found;
}
