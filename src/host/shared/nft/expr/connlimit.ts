import { u32 } from "../attributes.ts";
import type { ExpressionCodec } from "./codec.ts";

const [COUNT, FLAGS] = [1, 2]; // NFTA_CONNLIMIT_
const INVERTED = 1; // NFT_CONNLIMIT_F_INV

// connlimit { COUNT, FLAGS }
export const connlimit: ExpressionCodec<"connlimit"> = {
  name: "connlimit",
  types: ["connlimit"],
  encode: ({ count, over = false }) => [u32(COUNT, count), u32(FLAGS, over ? INVERTED : 0)],
  decode: (from) => ({
    type: "connlimit",
    count: from.u32(COUNT),
    ...(from.has(FLAGS) && (from.u32(FLAGS) & INVERTED) !== 0 ? { over: true } : {}),
  }),
};
