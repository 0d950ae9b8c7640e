import { u64 } from "../attributes.ts";
import type { ExpressionCodec } from "./codec.ts";

const [BYTES, PACKETS] = [1, 2]; // NFTA_COUNTER_

// counter { BYTES?, PACKETS? }: where it begins to count, if not at 0
export const counter: ExpressionCodec<"counter"> = {
  name: "counter",
  types: ["counter"],
  encode: ({ packets, bytes }) => [
    ...(bytes === 0n ? [] : [u64(BYTES, bytes)]),
    ...(packets === 0n ? [] : [u64(PACKETS, packets)]),
  ],
  decode: (from) => ({
    type: "counter",
    packets: from.has(PACKETS) ? from.u64(PACKETS) : 0n,
    bytes: from.has(BYTES) ? from.u64(BYTES) : 0n,
  }),
};
