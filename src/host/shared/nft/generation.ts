import { Attributes } from "./attributes.ts";
import { type Message, NFNL_SUBSYS_NFTABLES, NFT_MSG, NLM_F, type Request } from "./message.ts";

const ID = 1; // NFTA_GEN_ID

/** GETGEN; the acknowledgement ends the answer. */
export function getGeneration(): Request {
  return { name: "GETGEN", family: "unspec", flags: NLM_F.ACK, attributes: [] };
}

const FAMILY_PART = 4;

/** null of what is none. Throws Malformed. */
export function decodeGeneration({ type, payload }: Message): number | null {
  if (type !== ((NFNL_SUBSYS_NFTABLES << 8) | NFT_MSG.NEWGEN) || payload.length < FAMILY_PART) return null;
  return new Attributes(payload.subarray(FAMILY_PART)).u32(ID);
}
