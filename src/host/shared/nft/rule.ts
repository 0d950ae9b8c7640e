import type { NftChainRef, NftPlace, NftRule, NftRuleInfo, NftTableRef } from "../../host-ops.ts";
import { Attributes, attribute, nested, text, u64 } from "./attributes.ts";
import { decodeExpressions, encodeExpression } from "./expr/index.ts";
import { contentOf, type Message, NLM_F, type Request } from "./message.ts";
import { checkComment, checkName } from "./names.ts";
import { inTable, TABLE } from "./table.ts";
import { decodeComment, encodeComment } from "./userdata.ts";

const [CHAIN, HANDLE, EXPRESSIONS, POSITION, USERDATA] = [2, 3, 4, 6, 7]; // NFTA_RULE_

export const RULE_EXPRESSIONS = EXPRESSIONS;

function inChain(chain: NftChainRef): Uint8Array[] {
  return [inTable(chain.table), text(CHAIN, checkName(chain.name))];
}

/** By the places of its expressions, NFTA_SET_ID of the sets that are the rule's own. */
type SetIds = readonly (number | undefined)[];

function content({ chain, expressions, comment }: NftRule, setIds: SetIds): Uint8Array[] {
  return [
    ...inChain(chain),
    nested(EXPRESSIONS, ...expressions.map((each, i) => encodeExpression(each, setIds[i]))),
    ...(comment === undefined ? [] : [attribute(USERDATA, encodeComment(checkComment(comment)))]),
  ];
}

// NEWRULE { TABLE, CHAIN, EXPRESSIONS { … }, USERDATA?, POSITION? }
export function addRule(rule: NftRule, place: NftPlace, setIds: SetIds = []): Request {
  const atEnd = place === "last" || (typeof place === "object" && "after" in place);
  const position =
    typeof place === "string" ? [] : [u64(POSITION, "after" in place ? place.after : place.before)];
  return {
    ...{ name: "NEWRULE", family: rule.chain.table.family },
    flags: NLM_F.CREATE | NLM_F.ECHO | (atEnd ? NLM_F.APPEND : 0),
    attributes: [...content(rule, setIds), ...position],
  };
}

// NEWRULE { …, HANDLE }
export function replaceRule(rule: NftRule, handle: bigint, setIds: SetIds = []): Request {
  return {
    ...{ name: "NEWRULE", family: rule.chain.table.family, flags: NLM_F.REPLACE | NLM_F.ECHO },
    attributes: [...content(rule, setIds), u64(HANDLE, handle)],
  };
}

// DELRULE { TABLE, CHAIN, HANDLE }
export function deleteRule(chain: NftChainRef, handle: bigint): Request {
  return {
    ...{ name: "DELRULE", family: chain.table.family, flags: 0 },
    attributes: [...inChain(chain), u64(HANDLE, handle)],
  };
}

// DELRULE { TABLE, CHAIN }: all of its rules
export function flushChain(chain: NftChainRef): Request {
  return { name: "DELRULE", family: chain.table.family, flags: 0, attributes: inChain(chain) };
}

// DELRULE { TABLE }: all rules of all its chains
export function flushTable(table: NftTableRef): Request {
  return { name: "DELRULE", family: table.family, flags: 0, attributes: [inTable(table)] };
}

export function listRules(chain: NftChainRef): Request {
  return { name: "GETRULE", family: chain.table.family, flags: NLM_F.DUMP, attributes: inChain(chain) };
}

/** null of what is no rule's. Throws Malformed. */
export function decodeRule(message: Message): NftRuleInfo | null {
  const found = contentOf(message, "NEWRULE");
  if (found === null) return null;
  const from = new Attributes(found.attributes);
  return {
    chain: { table: { family: found.family, name: from.text(TABLE) }, name: from.text(CHAIN) },
    handle: from.u64(HANDLE),
    expressions: from.has(EXPRESSIONS) ? decodeExpressions(from.bytes(EXPRESSIONS)) : [],
    comment: from.has(USERDATA) ? decodeComment(from.bytes(USERDATA)) : null,
  };
}
