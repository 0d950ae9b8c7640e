import type { ExpressionCodec } from "./codec.ts";
import { decodeNatFlags, decodeRange, encodeNatFlags, encodeRange } from "./nat-range.ts";

const [PORT_MIN, FLAGS] = [1, 3]; // NFTA_REDIR_

// redir { REG_PROTO_MIN?, REG_PROTO_MAX?, FLAGS? }
export const redirect: ExpressionCodec<"redirect"> = {
  name: "redir",
  types: ["redirect"],
  encode: ({ port, flags }) => [...encodeRange(PORT_MIN, port), ...encodeNatFlags(FLAGS, flags)],
  decode: (from) => {
    const port = decodeRange(from, PORT_MIN);
    return { type: "redirect", ...(port === undefined ? {} : { port }), ...decodeNatFlags(from, FLAGS) };
  },
};
