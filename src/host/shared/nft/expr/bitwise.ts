import { invalid } from "../../../host-error.ts";
import { Malformed, u32 } from "../attributes.ts";
import { dataValue, type ExpressionCodec, registerNumber, registerWord, valueAt } from "./codec.ts";

const [SREG, DREG, LEN, MASK, XOR, OP] = [1, 2, 3, 4, 5, 6]; // NFTA_BITWISE_
const MASK_XOR = 0; // enum nft_bitwise_ops

// bitwise { SREG, DREG, LEN, MASK { VALUE }, XOR { VALUE } }
export const bitwise: ExpressionCodec<"bitwise"> = {
  name: "bitwise",
  types: ["bitwise"],
  encode: ({ from, to, mask, xor }) => {
    if (mask.length !== xor.length) throw invalid("encode", "bitwise", "mask and xor differ in length");
    return [
      u32(SREG, registerNumber(from)),
      u32(DREG, registerNumber(to)),
      u32(LEN, mask.length),
      dataValue(MASK, mask),
      dataValue(XOR, xor),
    ];
  },
  decode: (from) => {
    if (from.has(OP) && from.u32(OP) !== MASK_XOR) throw new Malformed("a shift");
    return {
      type: "bitwise",
      from: registerWord(from.u32(SREG)),
      to: registerWord(from.u32(DREG)),
      mask: valueAt(from, MASK),
      xor: valueAt(from, XOR),
    };
  },
};
