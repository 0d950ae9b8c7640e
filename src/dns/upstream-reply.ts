import { ZONE } from "../domain/dns.ts";
import { CLASS, HEADER_BYTES, type Query, TYPE } from "./query.ts";

/** A reply of 64 KiB has some five thousand of the smallest records: more are none that anybody sends. */
const RECORDS_MAX = 8192;
/** Of one name: RFC 1035 has 255 bytes, so at most 127 labels; each pointer must go backwards. */
const STEPS_MAX = 256;
/** Where in the data of a record a name begins that a client would follow. */
const TARGETS = new Map<number, number>([
  [TYPE.NS, 0],
  [TYPE.CNAME, 0],
  [TYPE.PTR, 0],
  [TYPE.MX, 2],
  [TYPE.SRV, 6],
  [39, 0], // DNAME
  [64, 2], // SVCB
  [65, 2], // HTTPS
]);

/** Whether this is the reply to what was asked, by its id and its question (RFC 5452, 9.1). */
export function isReplyTo(reply: Buffer, id: number, query: Query): boolean {
  if (reply.length < HEADER_BYTES || reply.readUInt16BE(0) !== id) return false;
  const flags = reply.readUInt16BE(2);
  if ((flags & 0xf800) !== 0x8000) return false;
  // Some servers have no question in an error.
  if (reply.readUInt16BE(4) === 0) return (flags & 0xf) !== 0 && reply.length === HEADER_BYTES;
  if (reply.readUInt16BE(4) !== 1 || reply.length < query.questionEnd) return false;
  return lower(reply, query.questionEnd) === lower(query.bytes, query.questionEnd);
}

function lower(message: Buffer, end: number): string {
  return message.toString("latin1", HEADER_BYTES, end).replace(/[A-Z]/g, (each) => each.toLowerCase());
}

/**
 * Whether a reply that is not from us says anything of our zone: a record of a name in it, or a name that leads there. Malformed is true as
 * well: nothing that cannot be read is passed on.
 */
export function speaksOfOurZone(reply: Buffer, questionEnd: number): boolean {
  const count = [6, 8, 10].reduce((sum, at) => sum + reply.readUInt16BE(at), 0);
  if (count > RECORDS_MAX) return true;
  let at = reply.readUInt16BE(4) === 0 ? HEADER_BYTES : questionEnd;
  for (let index = 0; index < count; index += 1) {
    const owner = nameAt(reply, at);
    if (owner === null || owner.end + 10 > reply.length || owner.last === ZONE) return true;
    const type = reply.readUInt16BE(owner.end);
    const isInternet = reply.readUInt16BE(owner.end + 2) === CLASS.IN;
    const data = owner.end + 10;
    const next = data + reply.readUInt16BE(owner.end + 8);
    if (next > reply.length) return true;
    const target = TARGETS.get(type);
    if (isInternet && target !== undefined) {
      const name = data + target < next ? nameAt(reply, data + target) : null;
      if (name === null || name.last === ZONE) return true;
    }
    at = next;
  }
  return false;
}

/** The last label of the name there, in lower case, and where what follows it begins; null: there is no name. */
function nameAt(message: Buffer, start: number): { last: string; end: number } | null {
  let at = start;
  let end = -1;
  let last = "";
  for (let step = 0; step < STEPS_MAX; step += 1) {
    const length = message[at];
    if (length === undefined) return null;
    if (length === 0) return { last: last.toLowerCase(), end: end === -1 ? at + 1 : end };
    if (length >= 0xc0) {
      const low = message[at + 1];
      if (low === undefined) return null;
      const target = ((length & 0x3f) << 8) | low;
      if (target >= at) return null;
      if (end === -1) end = at + 2;
      at = target;
      continue;
    }
    if (length > 63 || at + 1 + length > message.length) return null;
    last = message.toString("latin1", at + 1, at + 1 + length);
    at += 1 + length;
  }
  return null;
}
