import { u64 } from "../attributes.ts";
import type { ExpressionCodec } from "./codec.ts";

const [BYTES, PACKETS] = [1, 2]; // NFTA_COUNTER_

// counter { BYTES, PACKETS }
export const counter: ExpressionCodec<"counter"> = {
  name: "counter",
  types: ["counter"],
  encode: ({ packets, bytes }) => [u64(BYTES, bytes), u64(PACKETS, packets)],
  decode: (from) => ({ type: "counter", packets: from.u64(PACKETS), bytes: from.u64(BYTES) }),
};
