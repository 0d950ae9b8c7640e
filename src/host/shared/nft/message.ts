import { joined, numberBytes } from "../../../shared/nft/bytes.ts";
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

/** `nlmsghdr(length, type, flags, sequence, port = 0) nfgenmsg(family, version = 0, resource) attributes`: of any subsystem of nfnetlink. */
export function encodeMessage(
  type: number,
  flags: number,
  sequence: number,
  family: number,
  resource: number,
  attributes: readonly Uint8Array[],
): Uint8Array {
  const body = joined(attributes);
  return joined([
    numberBytes(HEADER + FAMILY_PART + body.length, 4, "host"),
    numberBytes(type, 2, "host"),
    numberBytes(NLM_F.REQUEST | flags, 2, "host"),
    numberBytes(sequence, 4, "host"),
    new Uint8Array(4),
    Uint8Array.of(family, 0),
    numberBytes(resource, 2, "network"),
    body,
  ]);
}

export function encodeRequest({ name, flags, family, attributes }: Request, sequence: number): Uint8Array {
  const number = family === "unspec" ? 0 : FAMILIES[family];
  return encodeMessage((NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG[name], flags, sequence, number, 0, attributes);
}

/** `BATCH_BEGIN request… BATCH_END`; the first request has the sequence `first + 1`. */
export function encodeBatch(requests: readonly Request[], first: number): Uint8Array {
  return joined([
    encodeMessage(NFNL_MSG_BATCH_BEGIN, 0, first, 0, NFNL_SUBSYS_NFTABLES, []),
    ...requests.map((request, i) => encodeRequest(request, first + 1 + i)),
    encodeMessage(NFNL_MSG_BATCH_END, 0, first + 1 + requests.length, 0, NFNL_SUBSYS_NFTABLES, []),
  ]);
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
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at + HEADER <= bytes.length; ) {
    const length = view.getUint32(at, true);
    if (length < HEADER || at + length > bytes.length) break;
    const payload = bytes.subarray(at + HEADER, at + length);
    const [type, flags] = [view.getUint16(at + 4, true), view.getUint16(at + 6, true)];
    found.push({ type, flags, sequence: view.getUint32(at + 8, true), payload });
    at += (length + 3) & ~3;
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
