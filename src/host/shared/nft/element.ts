import { bytesNumber, joinedWords, numberBytes } from "../../../shared/nft/bytes.ts";
import { type ByteRange, isRange, rangeBytes } from "../../../shared/nft/range.ts";
import { valueBytes } from "../../../shared/nft/value.ts";
import { invalid } from "../../host-error.ts";
import type { NftElement, NftSetRef, NftSetShape, NftVerdict } from "../../host-ops.ts";
import { attribute, nested, text, u32, u64 } from "./attributes.ts";
import { NFTA_DATA_VALUE, NFTA_DATA_VERDICT } from "./expr/codec.ts";
import { NLM_F, type Request } from "./message.ts";
import { checkComment, checkName, memberText } from "./names.ts";
import { inTable } from "./table.ts";
import { encodeComment } from "./userdata.ts";
import { encodeVerdict } from "./verdict.ts";

const [LIST_SET, LIST_ELEMENTS, LIST_SET_ID] = [2, 3, 4]; // NFTA_SET_ELEM_LIST_
/** NFTA_SET_ELEM_ */
export const ELEMENT = {
  ...{ KEY: 1, DATA: 2, FLAGS: 3, TIMEOUT: 4, EXPIRATION: 5, USERDATA: 6, EXPR: 7, KEY_END: 10 },
  EXPRESSIONS: 11,
} as const;
const { KEY, DATA, FLAGS, TIMEOUT, USERDATA, KEY_END } = ELEMENT;
export const INTERVAL_END = 1; // NFT_SET_ELEM_INTERVAL_END
export const LIST_ELEM = 1; // NFTA_LIST_ELEM
/** An attribute's length has 16 bits; nft's own messages are as long. */
const MESSAGE_BYTES = 32 * 1024;

export const SET_ELEMENTS = LIST_ELEMENTS;

/** A key as the kernel has it: the range of each part, and of all of them together. ERR_HOST_INVALID where it is not one of the set. */
export function keyRange(set: NftSetShape, key: NftElement["key"]): ByteRange {
  if (!Array.isArray(key) || key.length !== set.key.length) {
    throw invalid("nft", memberText(set), `a key has ${set.key.length} parts: ${set.key.join(" . ")}`);
  }
  const parts = set.key.map((type, i) => {
    const part = key[i] as NftElement["key"][number];
    if (set.interval !== true && isRange(type, part))
      throw invalid("nft", memberText(set), "it has no intervals");
    return rangeBytes(type, part);
  });
  const from = concatenation(parts.map((part) => part.from));
  return { from, to: set.interval === true ? concatenation(parts.map((part) => part.to)) : from };
}

/** One part as it is; of several each begins a word. */
function concatenation(parts: readonly Uint8Array[]): Uint8Array {
  return parts.length === 1 ? (parts[0] as Uint8Array) : joinedWords(parts);
}

// DATA { VALUE } or DATA { VERDICT { … } }
function dataBytes(set: NftSetShape, data: NftElement["data"]): Uint8Array[] {
  const { data: types } = set;
  if (types === undefined && data === undefined) return [];
  if (types === "verdict" && data !== undefined && !Array.isArray(data)) {
    return [nested(DATA, encodeVerdict(NFTA_DATA_VERDICT, data as NftVerdict))];
  }
  const values = Array.isArray(data) ? data : null;
  if (types === undefined || types === "verdict" || values?.length !== types.length) {
    const wanted =
      types === undefined ? "it is a set, without data" : `its data is ${[types].flat().join(" . ")}`;
    throw invalid("nft", memberText(set), wanted);
  }
  const parts = types.map((type, i) => valueBytes(type, values[i]));
  return [nested(DATA, attribute(NFTA_DATA_VALUE, concatenation(parts)))];
}

// LIST_ELEM { KEY { VALUE }, KEY_END? { VALUE }, FLAGS?, DATA?, TIMEOUT?, USERDATA? }
function encodeElement(set: NftSetShape, element: NftElement, withData: boolean): Uint8Array[] {
  const { from, to } = keyRange(set, element.key);
  const key = (type: number, bytes: Uint8Array) => nested(type, attribute(NFTA_DATA_VALUE, bytes));
  const rest = [
    ...(withData ? dataBytes(set, element.data) : []),
    ...(element.timeoutMs === undefined ? [] : [u64(TIMEOUT, element.timeoutMs)]),
    ...(element.comment === undefined
      ? []
      : [attribute(USERDATA, encodeComment(checkComment(element.comment)))]),
  ];
  if (set.interval !== true) return [nested(LIST_ELEM, key(KEY, from), ...rest)];
  if (set.key.length > 1) return [nested(LIST_ELEM, key(KEY, from), key(KEY_END, to), ...rest)];
  // One part: the tree keeps the two ends, the second the first value that does not belong to it.
  const end = next(to);
  const start = nested(LIST_ELEM, key(KEY, from), ...rest);
  return end === null ? [start] : [start, nested(LIST_ELEM, key(KEY, end), u32(FLAGS, INTERVAL_END))];
}

/** The number after it; null after the last. */
function next(bytes: Uint8Array): Uint8Array | null {
  const value = bytesNumber(bytes, "network") + 1n;
  return value >> BigInt(8 * bytes.length) > 0n ? null : numberBytes(value, bytes.length, "network");
}

export type ElementChange = "add" | "create" | "delete";

/**
 * `NEWSETELEM | DELSETELEM { TABLE, SET, SET_ID?, ELEMENTS { … } }`, as many as the elements need; `each`: one for every element, so that
 * the kernel's answer is about that one; `id`: of a set without a name, that of the same transaction.
 */
export function changeElements(
  set: NftSetShape,
  elements: readonly NftElement[],
  change: ElementChange,
  { each = false, id }: { each?: boolean; id?: number } = {},
): Request[] {
  const which =
    id === undefined ? inSet(set) : [inTable(set.table), text(LIST_SET, set.name), u32(LIST_SET_ID, id)];

  const groups: { index: number; bytes: Uint8Array }[][] = [];
  let length = Number.POSITIVE_INFINITY;
  for (const [index, element] of elements.entries()) {
    const encoded = encodeElement(set, element, change !== "delete");
    const added = encoded.reduce((sum, part) => sum + part.length, 0);
    if (each || length + added > MESSAGE_BYTES) {
      groups.push([]);
      length = 0;
    }
    groups.at(-1)?.push(...encoded.map((bytes) => ({ index, bytes })));
    length += added;
  }
  return groups.map((group) => ({
    ...{ name: change === "delete" ? "DELSETELEM" : "NEWSETELEM", family: set.table.family },
    flags: change === "delete" ? 0 : NLM_F.CREATE | (change === "create" ? NLM_F.EXCL : 0),
    attributes: [...which, nested(LIST_ELEMENTS, ...group.map(({ bytes }) => bytes))],
    elements: group.map(({ index }) => index),
  }));
}

export function inSet(set: NftSetRef): Uint8Array[] {
  return [inTable(set.table), text(LIST_SET, checkName(set.name))];
}

// DELSETELEM { TABLE, SET }: all of them
export function flushSet(set: NftSetRef): Request {
  return { name: "DELSETELEM", family: set.table.family, flags: 0, attributes: inSet(set) };
}
