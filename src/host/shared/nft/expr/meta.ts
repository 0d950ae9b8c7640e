import type { NftMetaKey } from "../../../host-ops.ts";
import { u32 } from "../attributes.ts";
import { type ExpressionCodec, indexIn, registerNumber, registerWord, wordAt } from "./codec.ts";

const [DREG, KEY, SREG] = [1, 2, 3]; // NFTA_META_
// enum nft_meta_keys; null: keys that are not offered
const KEYS: readonly (NftMetaKey | null)[] = [
  ...(["length", "protocol", "priority", "mark", "iif", "oif", "iifname", "oifname", "iiftype"] as const),
  ...(["oiftype", "skuid", "skgid", "nftrace", null, "nfproto", "l4proto", null, null, "pkttype"] as const),
  ...(["cpu", "iifgroup", "oifgroup", "cgroup", null, null, "iifkind", "oifkind"] as const),
];
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
    return [u32(KEY, indexIn(KEYS, expression.key)), register];
  },
  decode: (from) => {
    const key = wordAt(KEYS, from.u32(KEY));
    if (from.has(DREG)) return { type: "meta", key, to: registerWord(from.u32(DREG)) };
    return {
      type: "meta-set",
      key: wordAt(SETTABLE, (SETTABLE as readonly string[]).indexOf(key)),
      from: registerWord(from.u32(SREG)),
    };
  },
};
