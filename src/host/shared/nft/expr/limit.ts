import { Malformed, u32, u64 } from "../attributes.ts";
import { type ExpressionCodec, indexIn, wordAt } from "./codec.ts";

const [RATE, UNIT, BURST, TYPE, FLAGS] = [1, 2, 3, 4, 5]; // NFTA_LIMIT_
const SECONDS = { second: 1n, minute: 60n, hour: 3600n, day: 86_400n, week: 604_800n } as const;
const TYPES = ["packets", "bytes"] as const; // enum nft_limit_type
const INVERTED = 1; // NFT_LIMIT_F_INV

// limit { RATE (u64), UNIT (u64, seconds), BURST?, TYPE, FLAGS }
export const limit: ExpressionCodec<"limit"> = {
  name: "limit",
  types: ["limit"],
  encode: ({ rate, per, of, burst, over = false }) => [
    u64(RATE, rate),
    u64(UNIT, SECONDS[per]),
    ...(burst === 0 ? [] : [u32(BURST, burst)]),
    u32(TYPE, indexIn(TYPES, of)),
    u32(FLAGS, over ? INVERTED : 0),
  ],
  decode: (from) => {
    const unit = Object.entries(SECONDS).find(([, seconds]) => seconds === from.u64(UNIT));
    if (unit === undefined) throw new Malformed(`a limit per ${from.u64(UNIT)} seconds`);
    return {
      type: "limit",
      rate: from.u64(RATE),
      per: unit[0] as keyof typeof SECONDS,
      of: wordAt(TYPES, from.u32(TYPE)),
      burst: from.has(BURST) ? from.u32(BURST) : 0,
      ...(from.has(FLAGS) && (from.u32(FLAGS) & INVERTED) !== 0 ? { over: true } : {}),
    };
  },
};
