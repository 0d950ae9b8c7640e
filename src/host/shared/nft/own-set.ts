import { isRange } from "../../../shared/nft/range.ts";
import { invalid } from "../../host-error.ts";
import type { NftExpression, NftOwnSet, NftRule, NftSetShape, NftTableRef } from "../../host-ops.ts";
import { changeElements } from "./element.ts";
import type { Request } from "./message.ts";
import { ownSetName } from "./own-set-name.ts";
import { addOwnSet } from "./set.ts";

export { ownSetName } from "./own-set-name.ts";

/** The set that a `lookup` brings with it, if it does. */
export function ownSetOf(expression: NftExpression): NftOwnSet | null {
  return expression.type === "lookup" && typeof expression.set !== "string" ? expression.set : null;
}

/** As any other set is told. Whether its elements are ranges follows from them. */
export function ownSetShape(
  table: NftTableRef,
  name: string,
  { key, data, elements }: NftOwnSet,
): NftSetShape {
  const interval = elements.some((element) => element.key.some((part, i) => isRange(key[i] ?? "mark", part)));
  return { table, name, key, ...(data === undefined ? {} : { data }), interval };
}

/** Messages that go before a rule's. */
export interface OwnSets {
  readonly requests: readonly Request[];
  /** By the places of the rule's expressions: NFTA_SET_ID of the set that is its own. */
  readonly ids: readonly (number | undefined)[];
}

/** `nextId`: a number that no other set of the transaction has. */
export function ownSets(rule: NftRule, nextId: () => number): OwnSets {
  const { table } = rule.chain;
  const requests: Request[] = [];
  const ids = rule.expressions.map((expression) => {
    const own = ownSetOf(expression);
    if (own === null) return undefined;
    if (own.elements.length === 0) throw invalid("nft", "lookup", "a set of the rule's own has elements");
    const id = nextId();
    const shape = ownSetShape(table, ownSetName(own), own);
    const elements = changeElements(shape, own.elements, "add", { id });
    const count = elements.reduce((sum, { elements: of = [] }) => sum + of.length, 0);
    requests.push(addOwnSet(shape, id, count), ...elements);
    return id;
  });
  return { requests, ids };
}
