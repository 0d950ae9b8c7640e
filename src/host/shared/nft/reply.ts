import { hostNumber, wholeWords } from "../../../shared/nft/bytes.ts";
import { Attributes, attributesOf } from "./attributes.ts";
import { type Message, NLM_F, NLMSG_DONE, NLMSG_ERROR } from "./message.ts";

const [MSG, OFFS] = [1, 2]; // NLMSGERR_ATTR_
const NLMSGHDR = 16;

export interface Ack {
  /** Positive; 0 is a success. */
  readonly errno: number;
  /** The extended ack's words; empty without. */
  readonly text: string;
  /** Where in the request the kernel saw it, in bytes from its begin; null where it does not say. */
  readonly offset: number | null;
}

const BAD_MESSAGE = 74; // EBADMSG

/** `NLMSG_ERROR: int error, nlmsghdr request, [payload, unless NLM_F_CAPPED], attributes`; NLMSG_DONE: `int error, attributes`. */
export function decodeAck({ type, flags, payload }: Message): Ack | null {
  if (type !== NLMSG_ERROR && type !== NLMSG_DONE) return null;
  if (payload.length < 4) return { errno: type === NLMSG_DONE ? 0 : BAD_MESSAGE, text: "", offset: null };
  const error = hostNumber(payload, 0, 4) | 0;
  const errno = error > 0 ? 0 : -error;
  if ((flags & NLM_F.ACK_TLVS) === 0) return { errno, text: "", offset: null };
  const from = new Attributes(attributesPart(type, flags, payload));
  const offset = from.has(OFFS) && from.bytes(OFFS).length === 4 ? hostNumber(from.bytes(OFFS), 0, 4) : null;
  return { errno, text: from.has(MSG) ? from.text(MSG) : "", offset };
}

function attributesPart(type: number, flags: number, payload: Uint8Array): Uint8Array {
  if (type === NLMSG_DONE) return payload.subarray(4);
  const length = payload.length < 8 ? 0 : Math.min(hostNumber(payload, 4, 4), payload.length);
  const echoed = (flags & NLM_F.CAPPED) === 0 && length > NLMSGHDR ? wholeWords(length) - NLMSGHDR : 0;
  return payload.subarray(Math.min(4 + NLMSGHDR + echoed, payload.length));
}

const HEADERS = NLMSGHDR + 4; // with nfgenmsg

/**
 * The way to an attribute of a request at an offset: the type of the outermost, then the places (from 0) in each that it is nested in.
 * `list` says which of the outermost is a list of lists. Null where there is none.
 */
export function attributeAt(
  request: Uint8Array,
  offset: number,
  list: number,
): { type: number; place: number | null } | null {
  let at = HEADERS;
  for (const { type, payload } of attributesOf(request.subarray(HEADERS))) {
    const end = at + 4 + wholeWords(payload.length);
    if (offset >= at && offset < end) {
      return { type, place: type === list && offset > at ? placeOf(payload, offset - at - 4) : null };
    }
    at = end;
  }
  return null;
}

function placeOf(bytes: Uint8Array, offset: number): number {
  let at = 0;
  let place = -1;
  for (const { payload } of attributesOf(bytes)) {
    if (at > offset) break;
    place += 1;
    at += 4 + wholeWords(payload.length);
  }
  return place;
}
