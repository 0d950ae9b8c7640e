import type { NftCtKey } from "../../../host-ops.ts";
import { attribute, u32 } from "../attributes.ts";
import {
  type ExpressionCodec,
  indexIn,
  numberOf,
  registerNumber,
  registerWord,
  wordAt,
  wordOf,
} from "./codec.ts";

const [DREG, KEY, DIRECTION, SREG] = [1, 2, 3, 4]; // NFTA_CT_
// enum nft_ct_keys, those that are offered
const KEYS: Readonly<Record<NftCtKey, number>> = {
  ...{ state: 0, direction: 1, status: 2, mark: 3, expiration: 5, l3proto: 7, protocol: 10, "proto-src": 11 },
  ...{ "proto-dst": 12, packets: 14, bytes: 15, zone: 17, "src-ip": 19, "dst-ip": 20, "src-ip6": 21 },
  ...{ "dst-ip6": 22, id: 23 },
};
const SETTABLE = ["mark", "zone"] as const;
const DIRECTIONS = ["original", "reply"] as const;

// ct { KEY, DREG, DIRECTION? (u8) } reads, ct { KEY, SREG } writes
export const ct: ExpressionCodec<"ct" | "ct-set"> = {
  name: "ct",
  types: ["ct", "ct-set"],
  encode: (expression) => {
    const key = u32(KEY, numberOf(KEYS, expression.key));
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
    const key = wordOf(KEYS, from.u32(KEY));
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
