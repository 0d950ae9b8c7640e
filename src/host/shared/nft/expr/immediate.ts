import { nested, u32 } from "../attributes.ts";
import { decodeVerdict, encodeVerdict } from "../verdict.ts";
import {
  dataValue,
  type ExpressionCodec,
  NFTA_DATA_VERDICT,
  registerNumber,
  registerWord,
  valueAt,
} from "./codec.ts";

const [DREG, DATA] = [1, 2]; // NFTA_IMMEDIATE_
const REG_VERDICT = 0;

// immediate { DREG, DATA { VALUE } } or, what to do with the packet, immediate { DREG = 0, DATA { VERDICT } }
export const immediate: ExpressionCodec<"immediate" | "verdict"> = {
  name: "immediate",
  types: ["immediate", "verdict"],
  encode: (expression) =>
    expression.type === "immediate"
      ? [u32(DREG, registerNumber(expression.to)), dataValue(DATA, expression.value)]
      : [u32(DREG, REG_VERDICT), nested(DATA, encodeVerdict(NFTA_DATA_VERDICT, expression.verdict))],
  decode: (from) =>
    from.u32(DREG) === REG_VERDICT
      ? { type: "verdict", verdict: decodeVerdict(from.nested(DATA).nested(NFTA_DATA_VERDICT)) }
      : { type: "immediate", to: registerWord(from.u32(DREG)), value: valueAt(from, DATA) },
};
