import { invalid } from "../../../host-error.ts";
import { u32 } from "../attributes.ts";
import { type ExpressionCodec, indexIn, wordAt } from "./codec.ts";
import { decodeNatFlags, decodeRange, encodeNatFlags, encodeRange } from "./nat-range.ts";

const [TYPE, FAMILY, ADDRESS_MIN, PORT_MIN, FLAGS] = [1, 2, 3, 5, 7]; // NFTA_NAT_
const TYPES = ["snat", "dnat"] as const; // enum nft_nat_types
const FAMILIES = { ip: 2, ip6: 10 } as const; // NFPROTO_IPV4, NFPROTO_IPV6

// nat { TYPE, FAMILY, REG_ADDR_MIN?, REG_ADDR_MAX?, REG_PROTO_MIN?, REG_PROTO_MAX?, FLAGS? }
export const nat: ExpressionCodec<"snat" | "dnat"> = {
  name: "nat",
  types: ["snat", "dnat"],
  encode: ({ type, family, address, port, flags }) => {
    if (address === undefined && port === undefined)
      throw invalid("encode", type, "neither address nor port");
    return [
      u32(TYPE, indexIn(TYPES, type)),
      u32(FAMILY, FAMILIES[family]),
      ...encodeRange(ADDRESS_MIN, address),
      ...encodeRange(PORT_MIN, port),
      ...encodeNatFlags(FLAGS, flags),
    ];
  },
  decode: (from) => {
    const [address, port] = [decodeRange(from, ADDRESS_MIN), decodeRange(from, PORT_MIN)];
    return {
      type: wordAt(TYPES, from.u32(TYPE)),
      family: from.u32(FAMILY) === FAMILIES.ip6 ? "ip6" : "ip",
      ...(address === undefined ? {} : { address }),
      ...(port === undefined ? {} : { port }),
      ...decodeNatFlags(from, FLAGS),
    };
  },
};
