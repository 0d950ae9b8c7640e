import { wholeWords } from "../../../shared/nft/bytes.ts";
import { NFT_TYPES, type NftType } from "../../../shared/nft/types.ts";
import { invalid } from "../../host-error.ts";
import type { NftByHandle, NftSet, NftSetInfo, NftSetRef, NftSetShape, NftTableRef } from "../../host-ops.ts";
import { Attributes, attribute, nested, text, u32, u64 } from "./attributes.ts";
import { decodeExpression, expressionParts } from "./expr/index.ts";
import { contentOf, type Message, NLM_F, type Request } from "./message.ts";
import { checkName, memberText } from "./names.ts";
import { inTable, TABLE } from "./table.ts";
import { encodeByteorders } from "./userdata.ts";

const [NAME, FLAGS, KEY_TYPE, KEY_LEN, DATA_TYPE, DATA_LEN] = [2, 3, 4, 5, 6, 7]; // NFTA_SET_
const [DESC, ID, TIMEOUT, USERDATA, HANDLE, EXPR] = [9, 10, 11, 13, 16, 17]; // NFTA_SET_
const [SIZE, CONCAT] = [1, 2]; // NFTA_SET_DESC_
const FIELD_LEN = 1; // NFTA_SET_FIELD_
const LIST_ELEM = 1; // NFTA_LIST_ELEM
// enum nft_set_flags
const F = {
  anonymous: 1,
  constant: 2,
  interval: 4,
  map: 8,
  timeout: 16,
  dynamic: 32,
  concat: 128,
  expr: 256,
};
const VERDICT = 0xffffff00; // NFT_DATA_VERDICT
const TYPE_BITS = 6; // nft's concatenations of types, in 32 bits
const MAX_PARTS = 5;
const MAX_KEY_BYTES = 64; // NFT_REG32_COUNT words

/** Bytes of a key or of map data: of one type as they are, of several each filled to a word. */
export function lengthOf(types: readonly NftType[]): number {
  if (types.length === 1) return NFT_TYPES[types[0] as NftType].bytes;
  return types.reduce((sum, type) => sum + wholeWords(NFT_TYPES[type].bytes), 0);
}

function typeNumber(types: readonly NftType[]): number {
  return types.reduce((sum, type) => sum * 2 ** TYPE_BITS + NFT_TYPES[type].id, 0);
}

function check(set: NftSet): void {
  for (const types of [set.key, set.data === "verdict" || set.data === undefined ? null : set.data]) {
    if (types === null) continue;
    const known = types.every((type) => Object.hasOwn(NFT_TYPES, type));
    if (!known || types.length === 0 || types.length > MAX_PARTS || lengthOf(types) > MAX_KEY_BYTES) {
      throw invalid(
        "nft",
        memberText(set),
        `${types.join(" . ")}: 1 to ${MAX_PARTS} known types, 64 bytes in all`,
      );
    }
  }
}

function flagsOf(set: NftSet): number {
  const {
    key,
    data,
    interval = false,
    timeout = false,
    defaultTimeoutMs,
    dynamic = false,
    constant = false,
  } = set;
  const bits = [
    interval ? F.interval : 0,
    interval && key.length > 1 ? F.concat : 0,
    data === undefined ? 0 : F.map,
    timeout || defaultTimeoutMs !== undefined ? F.timeout : 0,
    dynamic ? F.dynamic : 0,
    constant ? F.constant : 0,
  ];
  return bits.reduce((sum, bit) => sum | bit, 0);
}

// DESC { SIZE?, CONCAT? { LIST_ELEM { FIELD_LEN } … } }
function description({ key, size, interval = false }: NftSet): Uint8Array[] {
  const fields = key.map((type) => nested(LIST_ELEM, u32(FIELD_LEN, NFT_TYPES[type].bytes)));
  const parts = [
    ...(size === undefined ? [] : [u32(SIZE, size)]),
    ...(interval && key.length > 1 ? [nested(CONCAT, ...fields)] : []),
  ];
  return parts.length === 0 ? [] : [nested(DESC, ...parts)];
}

function mapData({ data }: NftSet): Uint8Array[] {
  if (data === undefined) return [];
  // A verdict has a length of its own, which the kernel knows.
  if (data === "verdict") return [u32(DATA_TYPE, VERDICT), u32(DATA_LEN, 0)];
  return [u32(DATA_TYPE, typeNumber(data)), u32(DATA_LEN, lengthOf(data))];
}

function orderOf(types: NftSet["data"]): "host" | "network" | null {
  const [type, ...others] = types === "verdict" || types === undefined ? [] : types;
  return type === undefined || others.length > 0 ? null : NFT_TYPES[type].order;
}

export function addSet(set: NftSet, id: number, exclusive: boolean): Request {
  checkName(set.name);
  return newSet(set, id, NLM_F.ECHO | (exclusive ? NLM_F.EXCL : 0), 0);
}

/** One without a name, for a rule of the same transaction. `size`: how many elements it has, of ranges both ends. */
export function addOwnSet(set: NftSetShape, id: number, size: number): Request {
  return newSet({ ...set, constant: true, size }, id, 0, F.anonymous);
}

// NEWSET { TABLE, NAME, FLAGS, KEY_TYPE, KEY_LEN, DATA_TYPE?, DATA_LEN?, ID, DESC?, TIMEOUT?, USERDATA, EXPR? }
function newSet(set: NftSet, id: number, netlinkFlags: number, setFlags: number): Request {
  check(set);
  const orders = encodeByteorders(orderOf(set.key), orderOf(set.data));
  return {
    ...{ name: "NEWSET", family: set.table.family },
    flags: NLM_F.CREATE | netlinkFlags,
    attributes: [
      inTable(set.table),
      text(NAME, set.name),
      u32(FLAGS, flagsOf(set) | setFlags),
      u32(KEY_TYPE, typeNumber(set.key)),
      u32(KEY_LEN, lengthOf(set.key)),
      ...mapData(set),
      // The kernel wants a number that is unique in the transaction.
      u32(ID, id),
      ...description(set),
      ...(set.defaultTimeoutMs === undefined ? [] : [u64(TIMEOUT, set.defaultTimeoutMs)]),
      ...(orders.length === 0 ? [] : [attribute(USERDATA, orders)]),
      ...(set.counter === true ? [counterExpression()] : []),
    ],
  };
}

// EXPR { EXPR_NAME, EXPR_DATA }: what each element has one of
function counterExpression(): Uint8Array {
  return nested(EXPR, ...expressionParts({ type: "counter", packets: 0n, bytes: 0n }));
}

// DELSET { TABLE, NAME | HANDLE }
export function deleteSet(set: NftSetRef | NftByHandle): Request {
  const which = "handle" in set ? u64(HANDLE, set.handle) : text(NAME, checkName(set.name));
  return { name: "DELSET", family: set.table.family, flags: 0, attributes: [inTable(set.table), which] };
}

export function listSets(table: NftTableRef): Request {
  return { name: "GETSET", family: table.family, flags: NLM_F.DUMP, attributes: [inTable(table)] };
}

/** The parts of a type number; `unknown` as a whole where one is not known or the lengths do not fit. */
function typesOf(number: number, length: number): (NftType | "unknown")[] {
  const types: NftType[] = [];
  for (let rest = number; rest > 0; rest = Math.floor(rest / 2 ** TYPE_BITS)) {
    const found = Object.entries(NFT_TYPES).find(([, { id }]) => id === rest % 2 ** TYPE_BITS);
    if (found === undefined) return ["unknown"];
    types.unshift(found[0] as NftType);
  }
  return types.length > 0 && lengthOf(types) === length ? types : ["unknown"];
}

/** null of what is no set's. Throws Malformed. */
export function decodeSet(message: Message): NftSetInfo | null {
  const content = contentOf(message, "NEWSET");
  if (content === null) return null;
  const from = new Attributes(content.attributes);
  const flags = from.has(FLAGS) ? from.u32(FLAGS) : 0;
  const has = (bit: number) => (flags & bit) !== 0;
  const desc = from.has(DESC) ? from.nested(DESC) : null;
  const dataType = from.has(DATA_TYPE) ? from.u32(DATA_TYPE) : null;
  return {
    table: { family: content.family, name: from.text(TABLE) },
    name: from.text(NAME),
    handle: from.u64(HANDLE),
    key: typesOf(from.u32(KEY_TYPE), from.u32(KEY_LEN)),
    data: dataType === null ? null : dataType === VERDICT ? "verdict" : typesOf(dataType, from.u32(DATA_LEN)),
    interval: has(F.interval),
    timeout: has(F.timeout),
    defaultTimeoutMs: from.has(TIMEOUT) ? from.u64(TIMEOUT) : null,
    dynamic: has(F.dynamic),
    constant: has(F.constant),
    counter: from.has(EXPR) && decodeExpression(from.nested(EXPR)).type === "counter",
    size: desc?.has(SIZE) ? desc.u32(SIZE) : null,
    anonymous: has(F.anonymous),
  };
}
