import type { NftExpression } from "../host-ops.ts";
import type { FakeNftTable } from "./nft-objects.ts";

/** What the kernel would say. */
export class Refused extends Error {
  readonly errnoCode: "ENOENT" | "EEXIST" | "EBUSY" | "EOPNOTSUPP" | "ENOTEMPTY" | "ENFILE" | "EINVAL";

  constructor(errnoCode: Refused["errnoCode"]) {
    super(errnoCode);
    this.errnoCode = errnoCode;
  }
}

export function found<T>(item: T | undefined): T {
  if (item === undefined) throw new Refused("ENOENT");
  return item;
}

/** Chains, sets and rules of a table share one row of numbers. */
export function nextHandle(table: FakeNftTable): bigint {
  table.lastHandle += 1n;
  return table.lastHandle;
}

export function jumpsTo(expressions: readonly NftExpression[], name: string): number {
  return expressions.filter((each) => {
    if (each.type !== "verdict" || typeof each.verdict === "string") return false;
    return ("jump" in each.verdict ? each.verdict.jump : each.verdict.goto) === name;
  }).length;
}

export function allExpressions(table: FakeNftTable): NftExpression[] {
  return [...table.chains.values()].flatMap(({ rules }) => rules.flatMap(({ expressions }) => expressions));
}

/** Its rules, and jumps to it from rules and from maps. */
export function usesOfChain(table: FakeNftTable, name: string): number {
  const elements = [...table.sets.values()].flatMap((set) => [...set.elements.values()]);
  const targets = elements.filter(({ info: { data } }) => {
    const target =
      typeof data === "object" && !Array.isArray(data) ? (data as { jump?: string; goto?: string }) : {};
    return target.jump === name || target.goto === name;
  });
  return (table.chains.get(name)?.rules.length ?? 0) + jumpsTo(allExpressions(table), name) + targets.length;
}

export function named<T extends { handle: bigint }>(items: Iterable<[string, T]>, which: object): string {
  const wanted = which as { name?: string; handle?: bigint };
  return found(
    [...items].find(([name, { handle }]) =>
      wanted.handle === undefined ? name === wanted.name : handle === wanted.handle,
    ),
  )[0];
}
