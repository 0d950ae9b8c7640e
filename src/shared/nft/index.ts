/** The builder of nftables rules: pure, data out. What it makes goes into `HostOps.nft.apply`. */
export { addTo, connectionLimit } from "./dynamic.ts";
export { inSet, match, matchAny, type NftOwnKey, verdictOf } from "./match.ts";
export { type NftPart, nftRule } from "./rule.ts";
export {
  ct,
  ether,
  fibLink,
  fibType,
  icmp,
  icmpv6,
  ip,
  ip6,
  meta,
  type NftSelector,
  tcp,
  th,
  udp,
} from "./selectors.ts";
export {
  accept,
  counter,
  drop,
  goTo,
  jump,
  leave,
  limit,
  masquerade,
  masqueradeTo,
  NFT_PRIORITY,
  nat,
  natByMap,
  type Rate,
  redirect,
  reject,
  setMark,
} from "./statements.ts";
export type { NftType, NftValue } from "./types.ts";
