import { bytesNumber, compareBytes, numberBytes, wholeWords } from "../../../shared/nft/bytes.ts";
import { type ByteRange, rangePart } from "../../../shared/nft/range.ts";
import { NFT_TYPES, type NftType } from "../../../shared/nft/types.ts";
import { bytesValue } from "../../../shared/nft/value.ts";
import type { NftElement, NftElementInfo, NftSetInfo, NftSetRef } from "../../host-ops.ts";
import { Attributes, attributesOf, Malformed } from "./attributes.ts";
import { ELEMENT, INTERVAL_END, inSet, LIST_ELEM, SET_ELEMENTS } from "./element.ts";
import { NFTA_DATA_VALUE, NFTA_DATA_VERDICT } from "./expr/codec.ts";
import { decodeExpression } from "./expr/index.ts";
import { contentOf, type Message, NLM_F, type Request } from "./message.ts";
import { decodeComment } from "./userdata.ts";
import { decodeVerdict } from "./verdict.ts";

const { KEY, DATA, FLAGS, TIMEOUT, EXPIRATION, USERDATA, EXPR, KEY_END, EXPRESSIONS } = ELEMENT;

export function listElements(set: NftSetRef): Request {
  return { name: "GETSETELEM", family: set.table.family, flags: NLM_F.DUMP, attributes: inSet(set) };
}

/** The elements of one message of a listing, without their order; null of any other message. */
export function elementsOf(message: Message): Attributes[] | null {
  const content = contentOf(message, "NEWSETELEM");
  if (content === null) return null;
  const from = new Attributes(content.attributes);
  if (!from.has(SET_ELEMENTS)) return [];
  return attributesOf(from.bytes(SET_ELEMENTS))
    .filter(({ type }) => type === LIST_ELEM)
    .map(({ payload }) => new Attributes(payload))
    .filter((element) => element.has(KEY)); // not the catch-all, which has none
}

/** A whole listing of a set. Throws Malformed. */
export function decodeElements(set: NftSetInfo, elements: readonly Attributes[]): NftElementInfo[] {
  const keyOf = (element: Attributes, type = KEY) => {
    const key = element.nested(type).bytes(NFTA_DATA_VALUE);
    if (key.length === 0) throw new Malformed("an element's key is empty");
    return key;
  };
  const isEnd = (element: Attributes) => element.has(FLAGS) && (element.u32(FLAGS) & INTERVAL_END) !== 0;
  // Where one range ends and the next begins, the end comes first.
  const sorted = [...elements].sort(
    (a, b) => compareBytes(keyOf(a), keyOf(b)) || Number(isEnd(b)) - Number(isEnd(a)),
  );
  const tree = set.interval && set.key.length === 1;
  return sorted.flatMap((element, i) => {
    if (isEnd(element)) return [];
    const from = keyOf(element);
    const following = sorted[i + 1];
    const to = tree
      ? before(following === undefined || !isEnd(following) ? null : keyOf(following), from.length)
      : element.has(KEY_END)
        ? keyOf(element, KEY_END)
        : from;
    return [{ key: keyParts(set.key, { from, to }), ...decodeRest(set, element) }];
  });
}

/** The number before it; the last before the end of all. */
function before(end: Uint8Array | null, length: number): Uint8Array {
  const value = end === null ? 0n : bytesNumber(end, "network");
  return numberBytes(BigInt.asUintN(8 * length, value - 1n), length, "network");
}

function keyParts(types: NftSetInfo["key"], { from, to }: ByteRange): NftElement["key"] {
  const ends = [splitParts(types, from), splitParts(types, to)] as const;
  return types.map((type, i) =>
    rangePart(type, { from: ends[0][i] as Uint8Array, to: ends[1][i] as Uint8Array }),
  );
}

/** One type: all bytes. Several: each from a word's begin. */
function splitParts(types: readonly (NftType | "unknown")[], bytes: Uint8Array): Uint8Array[] {
  if (types.length === 1) return [bytes];
  let at = 0;
  return types.map((type) => {
    const length = type === "unknown" ? 0 : NFT_TYPES[type].bytes;
    const part = bytes.subarray(at, at + length);
    at += wholeWords(length);
    return part;
  });
}

function decodeRest(set: NftSetInfo, from: Attributes): Omit<NftElementInfo, "key"> {
  const comment = from.has(USERDATA) ? decodeComment(from.bytes(USERDATA)) : null;
  const counter = counterOf(from);
  return {
    ...(from.has(DATA) ? { data: decodeData(set, from.nested(DATA)) } : {}),
    ...(from.has(TIMEOUT) ? { timeoutMs: from.u64(TIMEOUT) } : {}),
    ...(from.has(EXPIRATION) ? { expiresMs: from.u64(EXPIRATION) } : {}),
    ...(comment === null ? {} : { comment }),
    ...(counter === null ? {} : { counter }),
  };
}

function decodeData(set: NftSetInfo, data: Attributes): Exclude<NftElement["data"], undefined> {
  if (data.has(NFTA_DATA_VERDICT)) return decodeVerdict(data.nested(NFTA_DATA_VERDICT));
  const types = Array.isArray(set.data)
    ? (set.data as readonly (NftType | "unknown")[])
    : (["unknown"] as const);
  return splitParts(types, data.bytes(NFTA_DATA_VALUE)).map((part, i) =>
    bytesValue(types[i] ?? "unknown", part),
  );
}

function counterOf(from: Attributes): Exclude<NftElementInfo["counter"], undefined> | null {
  const list = from.has(EXPRESSIONS) ? from.nested(EXPRESSIONS) : null;
  const element = from.has(EXPR) ? from.nested(EXPR) : list?.has(LIST_ELEM) ? list.nested(LIST_ELEM) : null;
  const expression = element === null ? null : decodeExpression(element);
  return expression?.type === "counter" ? { packets: expression.packets, bytes: expression.bytes } : null;
}
