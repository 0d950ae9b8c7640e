import { numberBytes } from "../../../shared/nft/bytes.ts";
import { formatIpv4, parseIpv4 } from "../../addresses.ts";
import type { ConntrackFilter, ConntrackInfo, ConntrackTuple } from "../../host-ops.ts";
import { Attributes, attribute, Malformed, nested } from "../nft/attributes.ts";
import { encodeMessage, type Message, NLM_F } from "../nft/message.ts";

/** linux/netfilter/nfnetlink.h, nfnetlink_conntrack.h. */
const NFNL_SUBSYS_CTNETLINK = 1;
/** `enum cntl_msg_types` */
export const CT_MSG = { NEW: 0, GET: 1, DELETE: 2, GET_STATS: 5 } as const;
const CTA = { TUPLE_ORIG: 1, TUPLE_REPLY: 2, ID: 12, ZONE: 18, FILTER: 25 } as const;
const [IP, PROTO] = [1, 2]; // CTA_TUPLE_
const [V4_SRC, V4_DST] = [1, 2]; // CTA_IP_
const [PROTO_NUM, SRC_PORT, DST_PORT] = [1, 2, 3]; // CTA_PROTO_
const [ORIG_FLAGS, REPLY_FLAGS] = [1, 2]; // CTA_FILTER_
const IP_SRC = 1; // CTA_FILTER_FLAG(CTA_IP_SRC) of net/netfilter/nf_internals.h
const [GLOBAL_ENTRIES, GLOBAL_MAX_ENTRIES] = [1, 2]; // CTA_STATS_
const AF_INET = 2;
const FAMILY_PART = 4;

function encode(
  name: keyof typeof CT_MSG,
  flags: number,
  sequence: number,
  family: number,
  attributes: readonly Uint8Array[],
): Uint8Array {
  const type = (NFNL_SUBSYS_CTNETLINK << 8) | CT_MSG[name];
  return encodeMessage({ type, flags, sequence, family, resource: 0 }, attributes);
}

/** GET_STATS; the acknowledgement ends the answer. */
export function getUsage(sequence: number): Uint8Array {
  return encode("GET_STATS", NLM_F.ACK, sequence, 0, []);
}

// TUPLE_ORIG? { IP { V4_SRC } }, TUPLE_REPLY? { IP { V4_SRC } }, FILTER { ORIG_FLAGS, REPLY_FLAGS }: in the host's order
function bySources({ originalSource, replySource }: ConntrackFilter): Uint8Array[] {
  if (originalSource === undefined && replySource === undefined) return [];
  const tuple = (type: number, source: string | undefined) =>
    source === undefined ? [] : [nested(type, nested(IP, attribute(V4_SRC, parseIpv4(source))))];
  const flags = (source: string | undefined) => numberBytes(source === undefined ? 0 : IP_SRC, 4, "host");
  return [
    ...tuple(CTA.TUPLE_ORIG, originalSource),
    ...tuple(CTA.TUPLE_REPLY, replySource),
    nested(
      CTA.FILTER,
      attribute(ORIG_FLAGS, flags(originalSource)),
      attribute(REPLY_FLAGS, flags(replySource)),
    ),
  ];
}

/** All of IPv4 that have these sources. Before Linux 5.8 the kernel lists all of them, whatever their sources. */
export function listConnections(filter: ConntrackFilter, sequence: number): Uint8Array {
  return encode("GET", NLM_F.DUMP, sequence, AF_INET, bySources(filter));
}

/**
 * Deletes all that have these sources, of which there is one at least. Before Linux 6.11 the kernel takes the tuple for a whole one, which it is not: EINVAL.
 * (Without a tuple it would delete everything.)
 */
export function deleteBySources(filter: ConntrackFilter, sequence: number): Uint8Array {
  return encode("DELETE", NLM_F.ACK, sequence, AF_INET, bySources(filter));
}

/** A connection of a listing, and what the kernel finds it by. */
export interface Listed {
  readonly info: ConntrackInfo;
  /** Attributes, as they came. */
  readonly key: readonly Uint8Array[];
}

// DELETE { TUPLE_ORIG, ID, ZONE? }: the very one that was listed, not one that came after it
export function deleteListed({ key }: Listed, sequence: number): Uint8Array {
  return encode("DELETE", NLM_F.ACK, sequence, AF_INET, key);
}

function contentOf({ type, payload }: Message, name: keyof typeof CT_MSG): Attributes | null {
  if (type !== ((NFNL_SUBSYS_CTNETLINK << 8) | CT_MSG[name]) || payload.length < FAMILY_PART) return null;
  return new Attributes(payload.subarray(FAMILY_PART));
}

/** null of what is none of IPv4. Throws Malformed. */
export function decodeConnection(message: Message): Listed | null {
  const from = contentOf(message, "NEW");
  if (from === null || message.payload[0] !== AF_INET) return null;
  const original = from.nested(CTA.TUPLE_ORIG);
  const key = [
    nested(CTA.TUPLE_ORIG, from.bytes(CTA.TUPLE_ORIG)),
    attribute(CTA.ID, from.bytes(CTA.ID)),
    ...(from.has(CTA.ZONE) ? [attribute(CTA.ZONE, from.bytes(CTA.ZONE))] : []),
  ];
  const info = {
    protocol: byteOf(original.nested(PROTO), PROTO_NUM),
    original: tupleOf(original),
    reply: tupleOf(from.nested(CTA.TUPLE_REPLY)),
  };
  return { info, key };
}

function tupleOf(from: Attributes): ConntrackTuple {
  const [ip, proto] = [from.nested(IP), from.nested(PROTO)];
  const port = (type: number) => (proto.has(type) ? portOf(proto.bytes(type)) : null);
  return {
    source: addressOf(ip, V4_SRC),
    destination: addressOf(ip, V4_DST),
    sourcePort: port(SRC_PORT),
    destinationPort: port(DST_PORT),
  };
}

function addressOf(ip: Attributes, type: number): string {
  const bytes = ip.bytes(type);
  if (bytes.length !== 4) throw new Malformed(`an address of ${bytes.length} bytes`);
  return formatIpv4(bytes);
}

function portOf(bytes: Uint8Array): number {
  if (bytes.length !== 2) throw new Malformed(`a port of ${bytes.length} bytes`);
  return (bytes[0] as number) * 256 + (bytes[1] as number);
}

function byteOf(from: Attributes, type: number): number {
  const bytes = from.bytes(type);
  if (bytes.length !== 1) throw new Malformed(`a number of ${bytes.length} bytes`);
  return bytes[0] as number;
}

/** null of what is none. Throws Malformed. */
export function decodeUsage(message: Message): { entries: number; most: number | null } | null {
  const from = contentOf(message, "GET_STATS");
  if (from === null) return null;
  const most = from.has(GLOBAL_MAX_ENTRIES) ? from.u32(GLOBAL_MAX_ENTRIES) : null;
  return { entries: from.u32(GLOBAL_ENTRIES), most };
}
