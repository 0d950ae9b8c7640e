import { attribute, u32 } from "../attributes.ts";
import { type ExpressionCodec, indexIn, wordAt } from "./codec.ts";

const [TYPE, CODE] = [1, 2]; // NFTA_REJECT_
const [ICMP, TCP_RESET, ICMPX] = [0, 1, 2]; // enum nft_reject_types
const CODES = ["no-route", "port-unreachable", "host-unreachable", "admin-prohibited"] as const; // enum nft_reject_inet_code

// reject { TYPE, ICMP_CODE? (u8) }
export const reject: ExpressionCodec<"reject"> = {
  name: "reject",
  types: ["reject"],
  encode: ({ with: answer }) => {
    if (answer.kind === "tcp-reset") return [u32(TYPE, TCP_RESET), attribute(CODE, Uint8Array.of(0))];
    if (answer.kind === "icmp") return [u32(TYPE, ICMP), attribute(CODE, Uint8Array.of(answer.code))];
    return [u32(TYPE, ICMPX), attribute(CODE, Uint8Array.of(indexIn(CODES, answer.code)))];
  },
  decode: (from) => {
    const type = from.u32(TYPE);
    if (type === TCP_RESET) return { type: "reject", with: { kind: "tcp-reset" } };
    const code = from.bytes(CODE)[0] ?? 255;
    if (type === ICMP) return { type: "reject", with: { kind: "icmp", code } };
    return { type: "reject", with: { kind: "icmpx", code: wordAt(CODES, code) } };
  },
};
