import { u32 } from "../attributes.ts";
import { type ExpressionCodec, indexIn, registerNumber, registerWord, wordAt } from "./codec.ts";

const [SREG, DREG, OP, LEN, SIZE] = [1, 2, 3, 4, 5]; // NFTA_BYTEORDER_
const OPERATIONS = ["ntoh", "hton"] as const; // enum nft_byteorder_ops

// byteorder { SREG, DREG, OP, LEN, SIZE }
export const byteorder: ExpressionCodec<"byteorder"> = {
  name: "byteorder",
  types: ["byteorder"],
  encode: ({ from, to, op, length, size }) => [
    u32(SREG, registerNumber(from)),
    u32(DREG, registerNumber(to)),
    u32(OP, indexIn(OPERATIONS, op)),
    u32(LEN, length),
    u32(SIZE, size),
  ],
  decode: (from) => ({
    type: "byteorder",
    from: registerWord(from.u32(SREG)),
    to: registerWord(from.u32(DREG)),
    op: wordAt(OPERATIONS, from.u32(OP)),
    length: from.u32(LEN),
    size: from.u32(SIZE),
  }),
};
