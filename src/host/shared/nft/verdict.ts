import type { NftVerdict } from "../../host-ops.ts";
import { type Attributes, Malformed, nested, text, u32 } from "./attributes.ts";

const [CODE, CHAIN] = [1, 2]; // NFTA_VERDICT_
// linux/netfilter.h NF_DROP, NF_ACCEPT; enum nft_verdicts, as they are unsigned
const CODES = { drop: 0, accept: 1, continue: 0xffffffff, return: 0xfffffffb } as const;
const JUMP = 0xfffffffd;
const GOTO = 0xfffffffc;

// VERDICT { CODE, CHAIN? }
export function encodeVerdict(type: number, verdict: NftVerdict): Uint8Array {
  if (typeof verdict === "string") return nested(type, u32(CODE, CODES[verdict]));
  const [code, chain] = "jump" in verdict ? [JUMP, verdict.jump] : [GOTO, verdict.goto];
  return nested(type, u32(CODE, code), text(CHAIN, chain));
}

export function decodeVerdict(from: Attributes): NftVerdict {
  const code = from.u32(CODE);
  if (code === JUMP) return { jump: from.text(CHAIN) };
  if (code === GOTO) return { goto: from.text(CHAIN) };
  const found = Object.entries(CODES).find(([, value]) => value === code);
  if (found === undefined) throw new Malformed(`verdict ${code}`);
  return found[0] as NftVerdict;
}
