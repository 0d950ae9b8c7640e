import { joined } from "../../shared/nft/bytes.ts";
import type { NftCommand, NftPlace, NftResult, NftRule } from "../host-ops.ts";
import { decodeExpressions, encodeExpression } from "../shared/nft/expr/index.ts";
import { found, nextHandle, Refused } from "./nft-draft.ts";
import type { FakeNftChain, FakeNftTable } from "./nft-objects.ts";
import { withNamedSet } from "./nft-own-set.ts";

/** As the kernel would list it. */
function stored(table: FakeNftTable, rule: NftRule) {
  const chain = found(table.chains.get(rule.chain.name));
  const named = rule.expressions.map((each) => withNamedSet(table, each));
  const expressions = decodeExpressions(joined(named.map((each) => encodeExpression(each))));
  for (const each of expressions) {
    if (each.type === "lookup") found(table.sets.get(String(each.set)));
    if (each.type === "dynset" && !found(table.sets.get(each.set)).info.dynamic) throw new Refused("EINVAL");
    if (
      ["masquerade", "snat", "dnat", "redirect"].includes(each.type) &&
      chain.base !== null &&
      chain.base.type !== "nat"
    ) {
      throw new Refused("EOPNOTSUPP");
    }
    if (each.type !== "verdict" || typeof each.verdict === "string") continue;
    const target = found(table.chains.get("jump" in each.verdict ? each.verdict.jump : each.verdict.goto));
    if (target.base !== null) throw new Refused("EOPNOTSUPP");
  }
  return { chain, content: { expressions, comment: rule.comment ?? null } };
}

export function addRule(table: FakeNftTable, rule: NftRule, place: NftPlace): NftResult {
  const { chain, content } = stored(table, rule);
  const index = indexOf(chain, place);
  const handle = nextHandle(table);
  chain.rules.splice(index, 0, { handle, ...content });
  return { handle, missing: false };
}

function indexOf({ rules }: FakeNftChain, place: NftPlace): number {
  if (place === "first") return 0;
  if (place === "last") return rules.length;
  const after = "after" in place;
  const index = rules.findIndex(({ handle }) => handle === (after ? place.after : place.before));
  if (index < 0) throw new Refused("ENOENT");
  return after ? index + 1 : index;
}

export function changeRule(
  table: FakeNftTable,
  command: Extract<NftCommand, { op: "replace-rule" | "delete-rule" }>,
): NftResult {
  const which = command.op === "delete-rule" ? command.chain : command.rule.chain;
  const { rules } = found(table.chains.get(which.name));
  const index = rules.findIndex(({ handle }) => handle === command.handle);
  if (index < 0) throw new Refused("ENOENT");
  if (command.op === "delete-rule") {
    rules.splice(index, 1);
    return { handle: null, missing: false };
  }
  const { content } = stored(table, command.rule);
  const handle = nextHandle(table);
  rules.splice(index, 1, { handle, ...content });
  return { handle, missing: false };
}
