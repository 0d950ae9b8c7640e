import { u32 } from "../attributes.ts";
import { type ExpressionCodec, indexIn, registerNumber, registerWord, wordAt } from "./codec.ts";

const [DREG, BASE, OFFSET, LEN] = [1, 2, 3, 4]; // NFTA_PAYLOAD_
const BASES = ["link", "network", "transport"] as const; // enum nft_payload_bases

// payload { DREG, BASE, OFFSET, LEN }
export const payload: ExpressionCodec<"payload"> = {
  name: "payload",
  types: ["payload"],
  encode: ({ base, offset, length, to }) => [
    u32(DREG, registerNumber(to)),
    u32(BASE, indexIn(BASES, base)),
    u32(OFFSET, offset),
    u32(LEN, length),
  ],
  decode: (from) => ({
    type: "payload",
    base: wordAt(BASES, from.u32(BASE)),
    offset: from.u32(OFFSET),
    length: from.u32(LEN),
    to: registerWord(from.u32(DREG)),
  }),
};
