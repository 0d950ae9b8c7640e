import { hostNumber, lengthOf, putAll, putHost, wholeWords } from "../../../shared/nft/bytes.ts";
import type { NftFamily } from "../../host-ops.ts";

/** linux/netlink.h */
export const NLM_F = {
  ...{ REQUEST: 1, ACK: 4, ECHO: 8, DUMP_INTR: 0x10 },
  /** A reply's: the request is not echoed whole; it has attributes. */
  ...{ CAPPED: 0x100, ACK_TLVS: 0x200 },
  /** Of what makes. */
  ...{ REPLACE: 0x100, EXCL: 0x200, CREATE: 0x400, APPEND: 0x800 },
  /** Of what reads. */
  DUMP: 0x300,
} as const;

export const NLMSG_ERROR = 2;
export const NLMSG_DONE = 3;

/** linux/netfilter/nfnetlink.h */
export const NFNL_SUBSYS_NFTABLES = 10;
export const NFNL_MSG_BATCH_BEGIN = 0x10;
export const NFNL_MSG_BATCH_END = 0x11;

/** `enum nf_tables_msg_types` */
export const NFT_MSG = {
  ...{ NEWTABLE: 0, GETTABLE: 1, DELTABLE: 2, NEWCHAIN: 3, GETCHAIN: 4, DELCHAIN: 5, NEWRULE: 6, GETRULE: 7 },
  ...{ DELRULE: 8, NEWSET: 9, GETSET: 10, DELSET: 11, NEWSETELEM: 12, GETSETELEM: 13, DELSETELEM: 14 },
  ...{ NEWGEN: 15, GETGEN: 16 },
} as const;
export type NftMessageName = keyof typeof NFT_MSG;

/** linux/netfilter.h, NFPROTO_ */
const FAMILIES: Readonly<Record<NftFamily, number>> = {
  inet: 1,
  ip: 2,
  arp: 3,
  netdev: 5,
  bridge: 7,
  ip6: 10,
};

export function familyOf(number: number): NftFamily | null {
  const found = Object.entries(FAMILIES).find(([, value]) => value === number);
  return found === undefined ? null : (found[0] as NftFamily);
}

const HEADER = 16;
const FAMILY_PART = 4;

/** One message of a transaction without what only the transaction knows: its sequence. */
export interface Request {
  readonly name: NftMessageName;
  readonly flags: number;
  readonly family: NftFamily | "unspec";
  readonly attributes: readonly Uint8Array[];
  /** Of a list of elements: which of the command's each is of. */
  readonly elements?: readonly number[];
}

/** What is said of a message before its attributes: of any subsystem of nfnetlink. */
interface Head {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly family: number;
  readonly resource: number;
}

/** `nlmsghdr(length, type, flags, sequence, port = 0) nfgenmsg(family, version = 0, resource) attributes`. */
export function encodeMessage(head: Head, attributes: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(messageLength(attributes));
  put(out, 0, head, attributes);
  return out;
}

function messageLength(attributes: readonly Uint8Array[]): number {
  return HEADER + FAMILY_PART + lengthOf(attributes);
}

/** Where it ends. */
function put(out: Uint8Array, begin: number, head: Head, attributes: readonly Uint8Array[]): number {
  putHost(out, begin + 4, head.type, 2);
  putHost(out, begin + 6, NLM_F.REQUEST | head.flags, 2);
  putHost(out, begin + 8, head.sequence, 4);
  out[begin + HEADER] = head.family;
  // In network order.
  out[begin + HEADER + 2] = head.resource >> 8;
  out[begin + HEADER + 3] = head.resource & 0xff;
  const end = putAll(out, begin + HEADER + FAMILY_PART, attributes);
  putHost(out, begin, end - begin, 4);
  return end;
}

function headOf({ name, flags, family }: Request, sequence: number, more = 0): Head {
  const type = (NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG[name];
  const number = family === "unspec" ? 0 : FAMILIES[family];
  return { type, flags: flags | more, sequence, family: number, resource: 0 };
}

export function encodeRequest(request: Request, sequence: number): Uint8Array {
  return encodeMessage(headOf(request, sequence), request.attributes);
}

/**
 * `BATCH_BEGIN request… BATCH_END`; the first request has the sequence `first + 1`. Every request is acknowledged, so that one that the
 * kernel did not see is not taken for one that succeeded.
 */
export function encodeBatch(requests: readonly Request[], first: number): Uint8Array {
  let length = 2 * messageLength([]);
  for (const { attributes } of requests) length += messageLength(attributes);
  const out = new Uint8Array(length);
  const edge = { flags: 0, family: 0, resource: NFNL_SUBSYS_NFTABLES };
  let sequence = first;
  let at = put(out, 0, { ...edge, type: NFNL_MSG_BATCH_BEGIN, sequence: sequence++ }, []);
  for (const request of requests) {
    at = put(out, at, headOf(request, sequence++, NLM_F.ACK), request.attributes);
  }
  put(out, at, { ...edge, type: NFNL_MSG_BATCH_END, sequence }, []);
  return out;
}

export interface Message {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly payload: Uint8Array;
}

/** Messages in a row. What is malformed ends the walk. */
export function messagesOf(bytes: Uint8Array): Message[] {
  const found: Message[] = [];
  for (let at = 0; at + HEADER <= bytes.length; ) {
    const length = hostNumber(bytes, at, 4);
    if (length < HEADER || at + length > bytes.length) break;
    const payload = bytes.subarray(at + HEADER, at + length);
    const [type, flags] = [hostNumber(bytes, at + 4, 2), hostNumber(bytes, at + 6, 2)];
    found.push({ type, flags, sequence: hostNumber(bytes, at + 8, 4), payload });
    at += wholeWords(length);
  }
  return found;
}

/** The family and the attributes of a message of nf_tables with that name; null of any other. */
export function contentOf(
  { type, payload }: Message,
  name: NftMessageName,
): { family: NftFamily; attributes: Uint8Array } | null {
  if (type !== ((NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG[name]) || payload.length < FAMILY_PART) return null;
  const family = familyOf(payload[0] as number);
  return family === null ? null : { family, attributes: payload.subarray(FAMILY_PART) };
}
