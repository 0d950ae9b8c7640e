import type { NftMetaKey } from "../../../host-ops.ts";
import { u32 } from "../attributes.ts";
import {
  type ExpressionCodec,
  indexIn,
  numberOf,
  registerNumber,
  registerWord,
  wordAt,
  wordOf,
} from "./codec.ts";

const [DREG, KEY, SREG] = [1, 2, 3]; // NFTA_META_
// enum nft_meta_keys, those that are offered
const KEYS: Readonly<Record<NftMetaKey, number>> = {
  ...{ length: 0, protocol: 1, priority: 2, mark: 3, iif: 4, oif: 5, iifname: 6, oifname: 7, iiftype: 8 },
  ...{ oiftype: 9, skuid: 10, skgid: 11, nftrace: 12, nfproto: 15, l4proto: 16, pkttype: 19, cpu: 20 },
  ...{ iifgroup: 21, oifgroup: 22, cgroup: 23, iifkind: 26, oifkind: 27 },
};
const SETTABLE = ["mark", "priority", "nftrace"] as const;

// meta { DREG, KEY } reads, meta { SREG, KEY } writes
export const meta: ExpressionCodec<"meta" | "meta-set"> = {
  name: "meta",
  types: ["meta", "meta-set"],
  encode: (expression) => {
    const register =
      expression.type === "meta"
        ? u32(DREG, registerNumber(expression.to))
        : u32(SREG, registerNumber(expression.from));
    if (expression.type === "meta-set") indexIn(SETTABLE, expression.key);
    return [u32(KEY, numberOf(KEYS, expression.key)), register];
  },
  decode: (from) => {
    const key = wordOf(KEYS, from.u32(KEY));
    if (from.has(DREG)) return { type: "meta", key, to: registerWord(from.u32(DREG)) };
    return {
      type: "meta-set",
      key: wordAt(SETTABLE, (SETTABLE as readonly string[]).indexOf(key)),
      from: registerWord(from.u32(SREG)),
    };
  },
};
