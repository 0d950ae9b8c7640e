import type { NftExpression } from "../../../host-ops.ts";
import { type Attributes, nested, text, u32, u64 } from "../attributes.ts";
import { type ExpressionCodec, indexIn, registerNumber, registerWord, wordAt } from "./codec.ts";

const [SET_NAME, OP, SREG_KEY, SREG_DATA, TIMEOUT, EXPR] = [1, 3, 4, 5, 6, 7]; // NFTA_DYNSET_
const OPS = ["add", "update", "delete"] as const; // enum nft_dynset_ops

/** Of any expression: what is in it is one too. */
interface Inner {
  encode(expression: NftExpression): Uint8Array[];
  decode(attributes: Attributes): NftExpression;
}

// dynset { SET_NAME, OP, SREG_KEY, SREG_DATA?, TIMEOUT?, EXPR? { EXPR_NAME, EXPR_DATA } }
export function dynsetOf(inner: Inner): ExpressionCodec<"dynset"> {
  return {
    name: "dynset",
    types: ["dynset"],
    encode: ({ set, op, from, data, timeoutMs, state }) => [
      text(SET_NAME, set),
      u32(OP, indexIn(OPS, op)),
      u32(SREG_KEY, registerNumber(from)),
      ...(data === undefined ? [] : [u32(SREG_DATA, registerNumber(data))]),
      ...(timeoutMs === undefined ? [] : [u64(TIMEOUT, timeoutMs)]),
      ...(state === undefined ? [] : [nested(EXPR, ...inner.encode(state))]),
    ],
    decode: (from) => ({
      type: "dynset",
      set: from.text(SET_NAME),
      op: wordAt(OPS, from.u32(OP)),
      from: registerWord(from.u32(SREG_KEY)),
      ...(from.has(SREG_DATA) ? { data: registerWord(from.u32(SREG_DATA)) } : {}),
      ...(from.has(TIMEOUT) && from.u64(TIMEOUT) > 0n ? { timeoutMs: from.u64(TIMEOUT) } : {}),
      ...(from.has(EXPR) ? { state: inner.decode(from.nested(EXPR)) } : {}),
    }),
  };
}
