import { text, u32 } from "../attributes.ts";
import { ownSetName } from "../own-set-name.ts";
import { type ExpressionCodec, registerNumber, registerWord } from "./codec.ts";

const [SET, SREG, DREG, SET_ID, FLAGS] = [1, 2, 3, 4, 5]; // NFTA_LOOKUP_
const INVERTED = 1; // NFT_LOOKUP_F_INV
const REG_VERDICT = 0;

// lookup { SET, SREG, DREG?, SET_ID?, FLAGS? }; a set of the same transaction is found by its name too, if it has one
export const lookup: ExpressionCodec<"lookup"> = {
  name: "lookup",
  types: ["lookup"],
  encode: ({ set, from, to, negate = false }, setId) => [
    u32(SREG, registerNumber(from)),
    ...(to === undefined ? [] : [u32(DREG, to === "verdict" ? REG_VERDICT : registerNumber(to))]),
    ...(typeof set === "string" ? [text(SET, set)] : [text(SET, ownSetName(set)), u32(SET_ID, setId ?? 0)]),
    ...(negate ? [u32(FLAGS, INVERTED)] : []),
  ],
  decode: (from) => {
    const dreg = from.has(DREG) ? from.u32(DREG) : null;
    return {
      type: "lookup",
      set: from.text(SET),
      from: registerWord(from.u32(SREG)),
      ...(from.has(FLAGS) && (from.u32(FLAGS) & INVERTED) !== 0 ? { negate: true } : {}),
      ...(dreg === null ? {} : { to: dreg === REG_VERDICT ? "verdict" : registerWord(dreg) }),
    };
  },
};
