import { Packet } from "dns2";

/** Four sections' counts and flags before the first question: RFC 1035, 4.1.1. */
export const HEADER_BYTES = 12;
/** No query comes near: a name has at most 255 bytes, and what follows is EDNS options. */
export const QUERY_MAX_BYTES = 4096;
/** OPT, and perhaps a signature. */
const ADDITIONALS_MAX = 4;
const NAME_MAX_BYTES = 255;

export const RCODE = { ...Packet.RCODE, BADVERS: 16 } as const;
export const TYPE = { ...Packet.TYPE, IXFR: 251, OPT: 41 } as const;
export const CLASS = Packet.CLASS;

/** A question, checked. */
export interface Query {
  /** As it came. */
  readonly bytes: Buffer;
  readonly id: number;
  /** The name's labels, in lower case, one character a byte. */
  readonly labels: readonly string[];
  readonly type: number;
  readonly class: number;
  readonly recursionDesired: boolean;
  /** Where the question ends in `bytes`. */
  readonly questionEnd: number;
  /** What the client says of itself by EDNS (RFC 6891); null where it does not speak it. */
  readonly edns: { readonly payload: number; readonly version: number; readonly dnssecOk: boolean } | null;
}

export type Read =
  | { readonly kind: "query"; readonly query: Query }
  /** No question that can be answered: the reply is this code and nothing else. */
  | { readonly kind: "refused"; readonly rcode: number }
  /** A reply, or too short for a header: an answer to it could go in circles. */
  | { readonly kind: "ignored" };

/**
 * Reads what may be anything. Counts, sizes and the name are checked here before dns2's parser sees the message: it reads bit by bit, and as
 * many records as the header claims, which a message of 64 KiB makes dear (ADR 17).
 */
export function readQuery(bytes: Buffer): Read {
  if (bytes.length < HEADER_BYTES) return { kind: "ignored" };
  const flags = bytes.readUInt16BE(2);
  if ((flags & 0x8000) !== 0) return { kind: "ignored" };
  if ((flags & 0x7800) !== 0) return refused(RCODE.NOTIMP);
  const [questions, answers, authorities, additionals] = [4, 6, 8, 10].map((at) => bytes.readUInt16BE(at));
  const isQuestion = questions === 1 && answers === 0 && authorities === 0;
  if (bytes.length > QUERY_MAX_BYTES || !isQuestion || (additionals ?? 0) > ADDITIONALS_MAX)
    return refused(RCODE.FORMERR);
  const name = readName(bytes);
  if (name === null || name.end + 4 > bytes.length) return refused(RCODE.FORMERR);
  const edns = additionals === 0 ? null : readEdns(bytes, additionals ?? 0);
  if (edns === undefined) return refused(RCODE.FORMERR);
  const query: Query = {
    bytes,
    id: bytes.readUInt16BE(0),
    labels: name.labels,
    type: bytes.readUInt16BE(name.end),
    class: bytes.readUInt16BE(name.end + 2),
    recursionDesired: (flags & 0x0100) !== 0,
    questionEnd: name.end + 4,
    edns,
  };
  return { kind: "query", query };
}

function refused(rcode: number): Read {
  return { kind: "refused", rcode };
}

/** The question's name. There is nothing before it that a compression pointer could point to. */
function readName(bytes: Buffer): { labels: string[]; end: number } | null {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (;;) {
    const length = bytes[at];
    if (length === undefined || length > 63) return null;
    at += 1;
    if (length === 0) return { labels, end: at };
    if (at + length > bytes.length || at + length - HEADER_BYTES >= NAME_MAX_BYTES) return null;
    labels.push(bytes.toString("latin1", at, at + length).replace(/[A-Z]/g, (each) => each.toLowerCase()));
    at += length;
  }
}

/** Null: none. Undefined: malformed, which two of them are too (RFC 6891, 6.1.1). */
function readEdns(bytes: Buffer, count: number): Query["edns"] | undefined {
  try {
    const packet = Packet.parse(bytes);
    if (packet.errors.length > 0 || packet.additionals.length !== count) return undefined;
    const options = packet.additionals.filter(({ type }) => type === TYPE.OPT);
    const [opt] = options;
    if (opt === undefined) return null;
    if (options.length > 1 || opt.name !== "") return undefined;
    return { payload: opt.class, version: opt.version ?? 0, dnssecOk: opt.doFlag === true };
  } catch {
    return undefined;
  }
}
