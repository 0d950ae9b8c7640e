import { u32 } from "../attributes.ts";
import {
  dataValue,
  type ExpressionCodec,
  indexIn,
  registerNumber,
  registerWord,
  valueAt,
  wordAt,
} from "./codec.ts";

const [SREG, OP, FROM, TO] = [1, 2, 3, 4]; // NFTA_RANGE_
const OPERATIONS = ["==", "!="] as const; // enum nft_range_ops

// range { SREG, OP, FROM_DATA { VALUE }, TO_DATA { VALUE } }
export const range: ExpressionCodec<"range"> = {
  name: "range",
  types: ["range"],
  encode: ({ from, op, low, high }) => [
    u32(SREG, registerNumber(from)),
    u32(OP, indexIn(OPERATIONS, op)),
    dataValue(FROM, low),
    dataValue(TO, high),
  ],
  decode: (from) => ({
    type: "range",
    from: registerWord(from.u32(SREG)),
    op: wordAt(OPERATIONS, from.u32(OP)),
    low: valueAt(from, FROM),
    high: valueAt(from, TO),
  }),
};
