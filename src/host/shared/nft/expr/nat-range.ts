import type { NftNatFlag, NftRegister, NftRegisterRange } from "../../../host-ops.ts";
import { type Attributes, u32 } from "../attributes.ts";
import { flagBits, flagsOf, registerNumber, registerWord } from "./codec.ts";

/** linux/netfilter/nf_nat.h, NF_NAT_RANGE_; the kernel itself adds those that say what there is. */
const NAT_FLAGS: Readonly<Record<NftNatFlag, number>> = { random: 4, persistent: 8, "fully-random": 16 };

/** `type, type + 1`: the registers of the least and the greatest. Of one register the first is enough. */
export function encodeRange(type: number, range: NftRegisterRange | undefined): Uint8Array[] {
  if (range === undefined) return [];
  const { from, to = from } = range;
  return [u32(type, registerNumber(from)), ...(to === from ? [] : [u32(type + 1, registerNumber(to))])];
}

export function decodeRange(from: Attributes, type: number): NftRegisterRange | undefined {
  if (!from.has(type)) return undefined;
  const low: NftRegister = registerWord(from.u32(type));
  const high = from.has(type + 1) ? registerWord(from.u32(type + 1)) : low;
  return low === high ? { from: low } : { from: low, to: high };
}

/** No attribute without flags. */
export function encodeNatFlags(type: number, flags: readonly NftNatFlag[] = [], implied = 0): Uint8Array[] {
  const bits = flagBits(NAT_FLAGS, flags) | implied;
  return bits === 0 ? [] : [u32(type, bits)];
}

export function decodeNatFlags(from: Attributes, type: number): { flags?: readonly NftNatFlag[] } {
  const flags = from.has(type) ? flagsOf(NAT_FLAGS, from.u32(type)) : [];
  return flags.length === 0 ? {} : { flags };
}
