import { Packet } from "dns2";
import { HEADER_BYTES, type Query } from "./query.ts";

/** What is said of ourselves, and the most that a datagram of ours has: it fits any path without fragments (RFC 9715). */
export const UDP_PAYLOAD_BYTES = 1232;
/** Without EDNS: RFC 1035, 4.2.1. */
const UDP_PLAIN_BYTES = 512;
const QR = 0x8000;
const TC = 0x0200;
const RA = 0x0080;

/** A record as dns2 encodes it. */
export type Resource = ConstructorParameters<typeof Packet.Resource>[0] & object;

export interface Answer {
  readonly rcode: number;
  readonly answers?: readonly Resource[];
  readonly authorities?: readonly Resource[];
}

export interface ReplyOptions {
  /** Whether this server also resolves names that are not its own. */
  readonly recursive: boolean;
}

/** An answer out of our own zones. */
export function authoritativeReply(query: Query, answer: Answer, { recursive }: ReplyOptions): Buffer {
  const { answers = [], authorities = [], rcode } = answer;
  const name = query.bytes.toString("latin1", HEADER_BYTES, query.questionEnd - 4);
  const packet = new Packet();
  packet.header = new Packet.Header({
    id: query.id,
    qr: 1,
    aa: 1,
    rd: query.recursionDesired ? 1 : 0,
    ra: recursive ? 1 : 0,
    rcode,
  });
  packet.questions = [new Packet.Question(dotted(name), query.type, query.class)];
  packet.answers = answers.map((each) => new Packet.Resource(each));
  packet.authorities = authorities.map((each) => new Packet.Resource(each));
  if (query.edns !== null) packet.additionals = [ourOptions(query.edns, 0)];
  return packet.toBuffer();
}

/** A code, the question as it came, and nothing else. */
export function codeReply(query: Query, rcode: number, { recursive }: ReplyOptions): Buffer {
  const question = query.bytes.subarray(HEADER_BYTES, query.questionEnd);
  const { edns } = query;
  const header = headerOf(query.bytes, rcode & 0xf, recursive);
  header.writeUInt16BE(1, 4);
  if (edns === null) return Buffer.concat([header, question]);
  header.writeUInt16BE(1, 10);
  return Buffer.concat([header, question, encodeOptions(edns, rcode >> 4)]);
}

/** To what is no question that could be repeated: RFC 1035 has FORMERR and NOTIMP for it. */
export function headerReply(bytes: Buffer, rcode: number): Buffer {
  return headerOf(bytes, rcode, false);
}

/** What fits a datagram to this client: the reply, or, with TC set, as much as says that it is to ask by TCP. */
export function fitDatagram(reply: Buffer, query: Query): Buffer {
  const wanted = query.edns === null ? UDP_PLAIN_BYTES : Math.max(query.edns.payload, UDP_PLAIN_BYTES);
  return reply.length <= Math.min(wanted, UDP_PAYLOAD_BYTES) ? reply : truncated(reply, query);
}

/** Header and question of a reply, and that there would be more. */
export function truncated(reply: Buffer, query: Query): Buffer {
  const short = codeReply(query, 0, { recursive: false });
  short.writeUInt16BE(reply.readUInt16BE(2) | TC, 2);
  return short;
}

export function isTruncated(reply: Buffer): boolean {
  return (reply.readUInt16BE(2) & TC) !== 0;
}

function headerOf(request: Buffer, rcode: number, recursive: boolean): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  request.copy(header, 0, 0, 2);
  // Opcode and RD are the client's.
  const kept = request.readUInt16BE(2) & 0x7900;
  header.writeUInt16BE(QR | kept | (recursive ? RA : 0) | rcode, 2);
  return header;
}

function ourOptions({ dnssecOk }: NonNullable<Query["edns"]>, extendedRcode: number) {
  const options = { extendedRcode, version: 0, doFlag: dnssecOk, udpPayloadSize: UDP_PAYLOAD_BYTES };
  return new Packet.Resource({ ...Packet.Resource.EDNS([], options), name: "" });
}

function encodeOptions(edns: NonNullable<Query["edns"]>, extendedRcode: number): Buffer {
  return Packet.Resource.encode(ourOptions(edns, extendedRcode));
}

/** The wire's labels as dns2 takes a name: letters as the client wrote them, since some compare. */
function dotted(wire: string): string {
  const labels: string[] = [];
  for (let at = 0; at < wire.length - 1; ) {
    const length = wire.charCodeAt(at);
    labels.push(wire.slice(at + 1, at + 1 + length));
    at += 1 + length;
  }
  return labels.join(".");
}
