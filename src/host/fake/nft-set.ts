import { compareBytes, joined, wholeWords } from "../../shared/nft/bytes.ts";
import { NFT_TYPES } from "../../shared/nft/types.ts";
import type {
  NftCommand,
  NftElement,
  NftElementInfo,
  NftResult,
  NftSet,
  NftSetInfo,
  NftSetShape,
} from "../host-ops.ts";
import { Attributes, attributesOf } from "../shared/nft/attributes.ts";
import { changeElements, keyRange, SET_ELEMENTS } from "../shared/nft/element.ts";
import { decodeElements } from "../shared/nft/element-decode.ts";
import { found, nextHandle, Refused } from "./nft-draft.ts";
import type { FakeNftSet, FakeNftTable } from "./nft-objects.ts";

export function addSet(table: FakeNftTable, set: NftSet, mustCreate: boolean): NftResult {
  const { name, key, data = null, interval = false, timeout = false, defaultTimeoutMs = null } = set;
  const { dynamic = false, constant = false, counter = false, size = null } = set;
  if (table.sets.has(name)) {
    if (mustCreate) throw new Refused("EEXIST");
    return { handle: null, missing: false };
  }
  const handle = nextHandle(table);
  const info: NftSetInfo = {
    ...{ table: { family: table.family, name: table.name }, name, handle, key, data, interval },
    timeout: timeout || defaultTimeoutMs !== null,
    ...{ defaultTimeoutMs, dynamic, constant, counter, size, anonymous: false },
  };
  table.sets.set(name, { info, elements: new Map() });
  return { handle, missing: false };
}

/** As the kernel would list it. */
function listed(shape: NftSetShape, info: NftSetInfo, element: NftElement): NftElementInfo {
  const attributes = changeElements(shape, [element], "add").flatMap((request) => request.attributes);
  const list = new Attributes(joined(attributes)).bytes(SET_ELEMENTS);
  const [first] = decodeElements(
    info,
    attributesOf(list).map(({ payload }) => new Attributes(payload)),
  );
  return first as NftElementInfo;
}

export function addElements(
  set: FakeNftSet,
  { set: shape, elements, mustCreate = false }: Extract<NftCommand, { op: "add-elements" }>,
  nowMs: number,
): void {
  const { info } = set;
  for (const element of elements) {
    if (element.timeoutMs !== undefined && !info.timeout) throw new Refused("EINVAL");
    const { from, to } = keyRange(shape, element.key);
    const content = listed(shape, info, element);
    const known = set.elements.get(placeOf({ from, to }));
    if (known !== undefined) {
      if (mustCreate) throw new Refused("EEXIST");
      if (JSON.stringify(known.info.data) !== JSON.stringify(content.data)) throw new Refused("EBUSY");
      continue;
    }
    if (info.interval && [...set.elements.values()].some((other) => overlap(info, other, { from, to })))
      throw new Refused("EEXIST");
    if (info.size !== null && set.elements.size >= info.size) throw new Refused("ENFILE");
    const timeoutMs = element.timeoutMs ?? info.defaultTimeoutMs ?? 0n;
    set.elements.set(placeOf({ from, to }), {
      ...{ from, to, endsMs: timeoutMs === 0n ? null : nowMs + Number(timeoutMs) },
      info: {
        ...content,
        ...(timeoutMs === 0n || info.defaultTimeoutMs === timeoutMs ? {} : { timeoutMs }),
        ...(info.counter ? { counter: { packets: 0n, bytes: 0n } } : {}),
      },
    });
  }
}

function placeOf({ from, to }: Range): string {
  return Buffer.concat([from, to]).toString("hex");
}

interface Range {
  readonly from: Uint8Array;
  readonly to: Uint8Array;
}

/** In each part of the key. */
function overlap({ key }: NftSetInfo, a: Range, b: Range): boolean {
  let at = 0;
  return key.every((type) => {
    const length = type === "unknown" ? a.from.length : NFT_TYPES[type].bytes;
    const part = (bytes: Uint8Array) => bytes.subarray(at, at + length);
    const shared = compareBytes(part(a.to), part(b.from)) >= 0 && compareBytes(part(b.to), part(a.from)) >= 0;
    at += wholeWords(length);
    return shared;
  });
}

/** The chains that a map of verdicts sends packets to. */
export function checkTargets(table: FakeNftTable, elements: readonly NftElement[]): void {
  for (const { data } of elements) {
    if (typeof data !== "object" || Array.isArray(data)) continue;
    const to = data as { jump?: string; goto?: string };
    if (found(table.chains.get(to.jump ?? to.goto ?? "")).base !== null) throw new Refused("EOPNOTSUPP");
  }
}

/** How many were not there. */
export function deleteElements(
  set: FakeNftSet,
  { set: shape, elements, mustExist = false }: Extract<NftCommand, { op: "delete-elements" }>,
): number {
  let missing = 0;
  for (const { key } of elements) {
    if (set.elements.delete(placeOf(keyRange(shape, key)))) continue;
    if (mustExist) throw new Refused("ENOENT");
    missing += 1;
  }
  return missing;
}
