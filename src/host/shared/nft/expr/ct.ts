import type { NftCtKey } from "../../../host-ops.ts";
import { attribute, u32 } from "../attributes.ts";
import { type ExpressionCodec, indexIn, registerNumber, registerWord, wordAt } from "./codec.ts";

const [DREG, KEY, DIRECTION, SREG] = [1, 2, 3, 4]; // NFTA_CT_
// enum nft_ct_keys; null: keys that are not offered
const KEYS: readonly (NftCtKey | null)[] = [
  ...([
    "state",
    "direction",
    "status",
    "mark",
    "expiration",
    null,
    "l3proto",
    null,
    null,
    "protocol",
  ] as const),
  ...(["proto-src", "proto-dst", null, "packets", "bytes", null, "zone", null, "src-ip", "dst-ip"] as const),
  ...(["src-ip6", "dst-ip6", "id"] as const),
];
const SETTABLE = ["mark", "zone"] as const;
const DIRECTIONS = ["original", "reply"] as const;

// ct { KEY, DREG, DIRECTION? (u8) } reads, ct { KEY, SREG } writes
export const ct: ExpressionCodec<"ct" | "ct-set"> = {
  name: "ct",
  types: ["ct", "ct-set"],
  encode: (expression) => {
    const key = u32(KEY, indexIn(KEYS, expression.key));
    if (expression.type === "ct-set") {
      indexIn(SETTABLE, expression.key);
      return [key, u32(SREG, registerNumber(expression.from))];
    }
    const { direction } = expression;
    const side =
      direction === undefined ? [] : [attribute(DIRECTION, Uint8Array.of(indexIn(DIRECTIONS, direction)))];
    return [key, u32(DREG, registerNumber(expression.to)), ...side];
  },
  decode: (from) => {
    const key = wordAt(KEYS, from.u32(KEY));
    if (!from.has(DREG)) {
      const settable = wordAt(SETTABLE, (SETTABLE as readonly string[]).indexOf(key));
      return { type: "ct-set", key: settable, from: registerWord(from.u32(SREG)) };
    }
    const side = from.has(DIRECTION)
      ? { direction: wordAt(DIRECTIONS, from.bytes(DIRECTION)[0] ?? 255) }
      : {};
    return { type: "ct", key, ...side, to: registerWord(from.u32(DREG)) };
  },
};
