import { invalid } from "../../../host-error.ts";
import type { NftExpression } from "../../../host-ops.ts";
import { Attributes, attributesOf, Malformed, nested, text } from "../attributes.ts";
import { bitwise } from "./bitwise.ts";
import { byteorder } from "./byteorder.ts";
import { cmp } from "./cmp.ts";
import type { ExpressionCodec } from "./codec.ts";
import { connlimit } from "./connlimit.ts";
import { counter } from "./counter.ts";
import { ct } from "./ct.ts";
import { dynsetOf } from "./dynset.ts";
import { fib } from "./fib.ts";
import { immediate } from "./immediate.ts";
import { limit } from "./limit.ts";
import { lookup } from "./lookup.ts";
import { masquerade } from "./masquerade.ts";
import { meta } from "./meta.ts";
import { nat } from "./nat.ts";
import { payload } from "./payload.ts";
import { range } from "./range.ts";
import { redirect } from "./redirect.ts";
import { reject } from "./reject.ts";

const [NAME, DATA] = [1, 2]; // NFTA_EXPR_
const LIST_ELEM = 1; // NFTA_LIST_ELEM

type AnyCodec = ExpressionCodec<NftExpression["type"]>;
const dynset = dynsetOf({ encode: expressionParts, decode: decodeExpression });
const CODECS = [
  ...[bitwise, byteorder, cmp, connlimit, counter, ct, dynset, fib, immediate, limit],
  ...[lookup, masquerade, meta, nat, payload, range, redirect, reject],
] as unknown as readonly AnyCodec[];

function codecOf({ type }: NftExpression): AnyCodec {
  const codec = CODECS.find(({ types }) => types.includes(type));
  if (codec === undefined) throw invalid("encode", type, "not an expression that can be made");
  return codec;
}

/** The kernel's name of it, in whose module it lives; of one that has another in it, that one's too. */
export function kernelNames(expression: NftExpression): string[] {
  const inner =
    expression.type === "dynset" && expression.state !== undefined ? kernelNames(expression.state) : [];
  return [codecOf(expression).name, ...inner];
}

// EXPR_NAME, EXPR_DATA { … }
export function expressionParts(expression: NftExpression, setId?: number): Uint8Array[] {
  const codec = codecOf(expression);
  return [text(NAME, codec.name), nested(DATA, ...codec.encode(expression, setId))];
}

// LIST_ELEM { EXPR_NAME, EXPR_DATA { … } }
export function encodeExpression(expression: NftExpression, setId?: number): Uint8Array {
  return nested(LIST_ELEM, ...expressionParts(expression, setId));
}

/** One that is not known, or not as it should be, is told as `unknown`. */
export function decodeExpressions(list: Uint8Array): NftExpression[] {
  return attributesOf(list)
    .filter(({ type }) => type === LIST_ELEM)
    .map(({ payload: bytes }) => decodeExpression(new Attributes(bytes)));
}

/** Of `{ EXPR_NAME, EXPR_DATA }`. */
export function decodeExpression(element: Attributes): NftExpression {
  const name = element.has(NAME) ? element.text(NAME) : "";
  const data = element.has(DATA) ? element.bytes(DATA) : new Uint8Array();
  try {
    const codec = CODECS.find((each) => each.name === name);
    if (codec !== undefined) return codec.decode(new Attributes(data));
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
  }
  return { type: "unknown", name, data: Uint8Array.from(data) };
}
