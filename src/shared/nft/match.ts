import type {
  NftComparison,
  NftElement,
  NftExpression,
  NftKeyPart,
  NftOwnSet,
  NftSetShape,
  NftVerdict,
} from "../../host/host-ops.ts";
import { compareBytes } from "./bytes.ts";
import { nftInvalid } from "./error.ts";
import { isRange, rangeBytes } from "./range.ts";
import { loadAll, type NftPart, type RuleContext } from "./rule.ts";
import type { NftSelector } from "./selectors.ts";
import { NFT_TYPES } from "./types.ts";
import { valueBytes } from "./value.ts";

/**
 * The rule goes on where the selector has (or, `!=`, has not) that value: one value, a prefix (`10.0.0.0/8`), a range with both its
 * ends, or, of links' names, a begin (`bgr*`). `<` and its kin: of single numbers in network order (ports).
 */
export function match(selector: NftSelector, value: NftKeyPart, op: NftComparison = "=="): NftPart {
  return (context) => {
    const compare = comparison(selector, value, op);
    const needed = context.meet(selector.needs);
    if (selector.fulfils !== undefined && op === "==" && !isRange(selector.type, value)) {
      context.know(selector.fulfils, rangeBytes(selector.type, value).from);
    }
    return [...needed, selector.load(0), ...compare];
  };
}

function comparison({ type }: NftSelector, value: NftKeyPart, op: NftComparison): NftExpression[] {
  const begin =
    type === "ifname" && typeof value === "string" ? /^([^*]{1,15})\*$/.exec(value)?.[1] : undefined;
  if (begin !== undefined) return [cmp(checkEquality(op), new TextEncoder().encode(begin))];
  const { from, to } = rangeBytes(type, value);
  if (!isRange(type, value)) {
    if (op !== "==" && op !== "!=" && NFT_TYPES[type].order === "host" && from.length > 1) {
      throw nftInvalid(`${op} of ${type}`, "the kernel compares it byte by byte, in the host's order");
    }
    return [cmp(op, from)];
  }
  checkEquality(op);
  if (typeof value !== "string" || compareBytes(from, to) === 0)
    return [{ type: "range", from: 0, op: checkEquality(op), low: from, high: to }];
  // A prefix: the bits that differ between its ends do not matter.
  const mask = from.map((byte, i) => ~(byte ^ (to[i] as number)) & 0xff);
  return [{ type: "bitwise", from: 0, to: 0, mask, xor: new Uint8Array(mask.length) }, cmp(op, from)];
}

function cmp(op: NftComparison, value: Uint8Array): NftExpression {
  return { type: "cmp", from: 0, op, value };
}

function checkEquality(op: NftComparison): "==" | "!=" {
  if (op !== "==" && op !== "!=") throw nftInvalid(op, "only of single values");
  return op;
}

/** The rule goes on where any (or, `none`, where none) of the bits is set: `matchAny(ct.state, "established,related")`. */
export function matchAny(selector: NftSelector, bits: string | number, how: "any" | "none" = "any"): NftPart {
  return (context) => {
    const mask = valueBytes(selector.type, bits);
    const zero = new Uint8Array(mask.length);
    return [
      ...context.meet(selector.needs),
      selector.load(0),
      { type: "bitwise", from: 0, to: 0, mask, xor: zero },
      cmp(how === "any" ? "!=" : "==", zero),
    ];
  };
}

/**
 * The rule goes on where the selectors together are (or are not) in the set, whose key must have their types; or in a set of the rule's
 * own: `inSet([tcp.dport], [22, { from: 8000, to: 8080 }])`, `inSet([ip.saddr, tcp.dport], [["10.0.0.1", 80]])`.
 */
export function inSet(
  selectors: readonly NftSelector[],
  set: NftSetShape | readonly NftOwnKey[],
  how: "in" | "not in" = "in",
): NftPart {
  return (context) => {
    const among =
      "key" in set
        ? set
        : ownSet(
            selectors,
            set.map((key) => [key]),
          );
    if (among.data !== undefined) throw nftInvalid(nameOf(among), "a map: look up its values");
    return lookup(context, selectors, among, how === "in" ? {} : { negate: true });
  };
}

/**
 * What the map says becomes of the packet; the rule goes on where it says nothing. Or a map of the rule's own:
 * `verdictOf([tcp.dport], [[22, "accept"], [80, { jump: "web" }]])`.
 */
export function verdictOf(
  selectors: readonly NftSelector[],
  map: NftSetShape | readonly (readonly [NftOwnKey, NftVerdict])[],
): NftPart {
  return (context) => {
    const from = "key" in map ? map : ownSet(selectors, map, "verdict");
    if (from.data !== "verdict") throw nftInvalid(nameOf(from), "not a map of verdicts");
    return lookup(context, selectors, from, { to: "verdict" });
  };
}

/** A key of a set of the rule's own: of one part as it is, of several as their list. */
export type NftOwnKey = NftKeyPart | readonly NftKeyPart[];

/** A set of the rule's own, whose key is what the selectors give; of a map, keys with their data. */
export function ownSet(
  selectors: readonly NftSelector[],
  elements: readonly (readonly [key: NftOwnKey, data?: NftElement["data"]])[],
  data?: NftOwnSet["data"],
): NftOwnSet {
  return {
    key: selectors.map(({ type }) => type),
    ...(data === undefined ? {} : { data }),
    elements: elements.map(([key, value]) => ({
      key: Array.isArray(key) ? key : [key],
      ...(value === undefined ? {} : { data: value }),
    })),
  };
}

function nameOf(set: NftSetShape | NftOwnSet): string {
  return "name" in set ? set.name : "the rule's own set";
}

/** The map's value comes into the first registers; the rule ends where there is none. */
export function lookup(
  context: RuleContext,
  selectors: readonly NftSelector[],
  set: NftSetShape | NftOwnSet,
  rest: Pick<Extract<NftExpression, { type: "lookup" }>, "to" | "negate">,
): NftExpression[] {
  const types = selectors.map(({ type }) => type);
  if (types.join() !== set.key.join()) {
    throw nftInvalid(nameOf(set), `its key is ${set.key.join(" . ")}, not ${types.join(" . ")}`);
  }
  return [
    ...context.meet(selectors.flatMap(({ needs }) => needs)),
    ...loadAll(selectors),
    { type: "lookup", set: "name" in set ? set.name : set, from: 0, ...rest },
  ];
}
