import type { NftExpression, NftRegister } from "../../host/host-ops.ts";
import { nftInvalid } from "./error.ts";
import { meta, type Need, type NftSelector } from "./selectors.ts";
import { NFT_TYPES, type NftType } from "./types.ts";
import { valueBytes } from "./value.ts";

/** One part of a rule: what it adds to the expressions. Parts stand in the order in which they are given. */
export type NftPart = (context: RuleContext) => NftExpression[];

/** What the parts of one rule share. */
export class RuleContext {
  readonly #true = new Map<Need["key"], string>();

  /** The matches that are needed and that no part before has made. */
  meet(needs: readonly Need[]): NftExpression[] {
    return needs.flatMap((need) => {
      const bytes = valueBytes(need.type, need.value);
      if (this.#true.get(need.key) === bytes.join()) return [];
      this.know(need.key, bytes);
      return [meta[need.key].load(0), { type: "cmp", from: 0, op: "==", value: bytes }];
    });
  }

  /** From here on that is true. ERR_HOST_INVALID where the opposite is: no packet would come so far. */
  know(key: Need["key"], bytes: Uint8Array): void {
    const known = this.#true.get(key);
    if (known !== undefined && known !== bytes.join())
      throw nftInvalid("the rule", `it wants two values of meta ${key}`);
    this.#true.set(key, bytes.join());
  }
}

/**
 * The expressions of a rule. What headers need (an IPv4 packet, a protocol) is matched by itself, once, before it is first needed.
 *
 *     nftRule(inSet([meta.iifname, ip.saddr], guests), match(tcp.dport, 53), counter(), accept)
 */
export function nftRule(...parts: readonly NftPart[]): NftExpression[] {
  const context = new RuleContext();
  return parts.flatMap((part) => part(context));
}

const WORDS = 16;

/** Several values in a row, each from a word's begin: a key, as sets have it. */
export function loadAll(selectors: readonly NftSelector[]): NftExpression[] {
  let word: NftRegister = 0;
  return selectors.map((selector) => {
    const to = word;
    word += Math.ceil(NFT_TYPES[selector.type].bytes / 4);
    if (word > WORDS) throw nftInvalid("the key", "it has more than 64 bytes");
    return selector.load(to);
  });
}

/** The word behind the first of `types`. */
export function wordsOf(types: readonly NftType[]): number {
  return types.reduce((sum, type) => sum + Math.ceil(NFT_TYPES[type].bytes / 4), 0);
}
