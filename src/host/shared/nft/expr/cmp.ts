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

const [SREG, OP, DATA] = [1, 2, 3]; // NFTA_CMP_
const OPERATIONS = ["==", "!=", "<", "<=", ">", ">="] as const; // enum nft_cmp_ops

// cmp { SREG, OP, DATA { VALUE } }: byte by byte, so numbers must be in network order for all but equality
export const cmp: ExpressionCodec<"cmp"> = {
  name: "cmp",
  types: ["cmp"],
  encode: ({ from, op, value }) => [
    u32(SREG, registerNumber(from)),
    u32(OP, indexIn(OPERATIONS, op)),
    dataValue(DATA, value),
  ],
  decode: (from) => ({
    type: "cmp",
    from: registerWord(from.u32(SREG)),
    op: wordAt(OPERATIONS, from.u32(OP)),
    value: valueAt(from, DATA),
  }),
};
