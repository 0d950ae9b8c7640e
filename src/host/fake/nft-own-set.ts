import type { NftExpression } from "../host-ops.ts";
import { ownSetName, ownSetOf, ownSetShape } from "../shared/nft/own-set.ts";
import { allExpressions } from "./nft-draft.ts";
import type { FakeNftSet, FakeNftTable } from "./nft-objects.ts";
import { addElements, addSet, checkTargets } from "./nft-set.ts";

/** Makes the set that an expression brings with it, under the first name that is free. */
export function withNamedSet(table: FakeNftTable, expression: NftExpression): NftExpression {
  const own = ownSetOf(expression);
  if (own === null) return expression;
  let number = 0;
  const name = () => ownSetName(own).replace("%d", String(number));
  while (table.sets.has(name())) number += 1;
  const set = ownSetShape({ family: table.family, name: table.name }, name(), own);
  addSet(table, { ...set, constant: true }, true);
  const made = table.sets.get(name()) as FakeNftSet;
  addElements(made, { op: "add-elements", set, elements: own.elements }, 0);
  checkTargets(table, own.elements);
  const ends = set.interval === true && set.key.length === 1 ? 2 : 1;
  made.info = { ...made.info, anonymous: true, size: own.elements.length * ends };
  return { ...expression, set: name() } as NftExpression;
}

/** Sets of rules that are gone. */
export function dropOwnSets(table: FakeNftTable): void {
  const used = new Set(allExpressions(table).map((each) => (each.type === "lookup" ? each.set : null)));
  for (const [name, { info }] of table.sets) if (info.anonymous && !used.has(name)) table.sets.delete(name);
}
