import type { ExpressionCodec } from "./codec.ts";
import { decodeNatFlags, decodeRange, encodeNatFlags, encodeRange } from "./nat-range.ts";

const [FLAGS, PORT_MIN] = [1, 2]; // NFTA_MASQ_

// masq { FLAGS?, REG_PROTO_MIN?, REG_PROTO_MAX? }
export const masquerade: ExpressionCodec<"masquerade"> = {
  name: "masq",
  types: ["masquerade"],
  encode: ({ flags, port }) => [...encodeNatFlags(FLAGS, flags), ...encodeRange(PORT_MIN, port)],
  decode: (from) => {
    const port = decodeRange(from, PORT_MIN);
    return { type: "masquerade", ...decodeNatFlags(from, FLAGS), ...(port === undefined ? {} : { port }) };
  },
};
