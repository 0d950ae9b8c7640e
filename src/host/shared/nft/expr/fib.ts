import { u32 } from "../attributes.ts";
import {
  type ExpressionCodec,
  flagBits,
  flagsOf,
  indexIn,
  registerNumber,
  registerWord,
  wordAt,
} from "./codec.ts";

const [DREG, RESULT, FLAGS] = [1, 2, 3]; // NFTA_FIB_
const OF = { saddr: 1, daddr: 2, mark: 4, iif: 8, oif: 16 }; // NFTA_FIB_F_
const PRESENT = 32;
const RESULTS = [null, "oif", "oifname", "type"] as const; // enum nft_fib_result

// fib { DREG, RESULT, FLAGS }
export const fib: ExpressionCodec<"fib"> = {
  name: "fib",
  types: ["fib"],
  encode: ({ of, result, present = false, to }) => [
    u32(FLAGS, flagBits(OF, of) | (present ? PRESENT : 0)),
    u32(RESULT, indexIn(RESULTS, result)),
    u32(DREG, registerNumber(to)),
  ],
  decode: (from) => ({
    type: "fib",
    of: flagsOf(OF, from.u32(FLAGS)),
    result: wordAt(RESULTS, from.u32(RESULT)),
    ...((from.u32(FLAGS) & PRESENT) === 0 ? {} : { present: true }),
    to: registerWord(from.u32(DREG)),
  }),
};
