import type { NftExpression, NftSetShape } from "../../host/host-ops.ts";
import { nftInvalid } from "./error.ts";
import { loadAll, type NftPart } from "./rule.ts";
import type { NftSelector } from "./selectors.ts";

/** Of an element that a rule adds. */
export interface Added {
  /** Each has such an expression of its own, which says whether the rule goes on. */
  readonly state?: NftExpression;
  /** Of a set with timeouts. */
  readonly timeoutMs?: bigint;
}

/**
 * Adds what the selectors give to a set that rules may change (`dynamic`, with a `size`), where it is not there yet; the rule ends where the set is
 * full: `addTo([ip.saddr], guests, { state: connectionLimit(100, "beyond") }), drop`.
 */
export function addTo(selectors: readonly NftSelector[], set: NftSetShape, added: Added = {}): NftPart {
  return (context) => {
    const types = selectors.map(({ type }) => type);
    if (types.join() !== set.key.join() || set.data !== undefined)
      throw nftInvalid(set.name, `it is no set of ${types.join(" . ")}`);
    return [
      ...context.meet(selectors.flatMap(({ needs }) => needs)),
      ...loadAll(selectors),
      { type: "dynset", op: "add", set: set.name, from: 0, ...added },
    ];
  };
}

/** Goes on up to so many connections that are tracked at a time, or, `beyond`, from there on. It counts those whose packets come by. */
export function connectionLimit(count: number, how: "up to" | "beyond" = "up to"): NftExpression {
  return { type: "connlimit", count, ...(how === "beyond" ? { over: true } : {}) };
}
