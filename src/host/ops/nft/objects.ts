import type { NftType, NftValue } from "../../../shared/nft/types.ts";
import type { NftExpression, NftVerdict } from "./expression.ts";

/** Which packets a table sees; `inet` those of IPv4 and IPv6. */
export type NftFamily = "ip" | "ip6" | "inet" | "arp" | "bridge" | "netdev";

/** A table by its name. */
export interface NftTableRef {
  readonly family: NftFamily;
  /** At most 255 bytes; letters, digits and `_./\-`, which `nft` can write without quotes. So for all names here. */
  readonly name: string;
}

/** A table to make. */
export interface NftTable extends NftTableRef {
  /** Its chains see no packet. False unless given. */
  readonly dormant?: boolean;
  /**
   * Only this HostOps can change it: others get ERR_HOST_PERMISSION, and their `nft flush ruleset` passes it by. It goes with this HostOps, when
   * that is closed or its process ends, or an exchange with the kernel fails; in a namespace by name (`netns.in`), with the call. Linux 5.12
   * (NFT_TABLE_F_OWNER); before, ERR_HOST_UNSUPPORTED. False unless given.
   */
  readonly owned?: boolean;
}

/** A table that is there. */
export interface NftTableInfo extends NftTableRef {
  readonly handle: bigint;
  readonly dormant: boolean;
  /** By whose socket, the kernel does not say. */
  readonly owned: boolean;
  /** How many chains and sets it has. */
  readonly uses: number;
}

/** A chain by its name. */
export interface NftChainRef {
  readonly table: NftTableRef;
  readonly name: string;
}

/** Where on its way a packet is. */
export type NftHook = "prerouting" | "input" | "forward" | "output" | "postrouting" | "ingress" | "egress";

/** Where a base chain meets packets. */
export interface NftBase {
  readonly type: "filter" | "nat" | "route";
  readonly hook: NftHook;
  /** Smaller comes first; the names that `nft` has are in `NFT_PRIORITY`. */
  readonly priority: number;
  /** What becomes of a packet at its end: `accept` unless given. */
  readonly policy?: "accept" | "drop";
  /** The link of a `netdev` chain. */
  readonly device?: string;
}

/** A chain to make. */
export interface NftChain extends NftChainRef {
  /** Without it the chain sees only what jumps to it. */
  readonly base?: NftBase;
}

/** A chain that is there. */
export interface NftChainInfo extends NftChainRef {
  readonly handle: bigint;
  readonly base: (NftBase & { readonly policy: "accept" | "drop" }) | null;
  /** How many rules it has, and jumps to it. */
  readonly uses: number;
}

/** A set or map by its name. */
export interface NftSetRef {
  readonly table: NftTableRef;
  readonly name: string;
}

/** What must be known of a set to name its elements. */
export interface NftSetShape extends NftSetRef {
  /** One type, or the parts of a concatenation. */
  readonly key: readonly NftType[];
  /** A map's values: one type or a concatenation, or what to do with the packet. */
  readonly data?: readonly NftType[] | "verdict";
  /** Elements are ranges, of each part by itself. Concatenations of them: Linux 5.6. */
  readonly interval?: boolean;
}

/** A set to make, or with `data` a map. */
export interface NftSet extends NftSetShape {
  /** Elements may have a time to live. */
  readonly timeout?: boolean;
  /** What those that say nothing have, in milliseconds; makes it a set with timeouts. */
  readonly defaultTimeoutMs?: bigint;
  /** The rules themselves may add elements. */
  readonly dynamic?: boolean;
  /** Elements do not change once a rule refers to it. */
  readonly constant?: boolean;
  /** Each element counts what it matched. Linux 5.7. */
  readonly counter?: boolean;
  /** At most so many elements. */
  readonly size?: number;
}

/** A set or map of one rule (`{ … }` of `nft`): it is made with the rule, does not change, and goes with it. */
export interface NftOwnSet {
  /** One type, or the parts of a concatenation. */
  readonly key: readonly NftType[];
  /** A map's values. */
  readonly data?: readonly NftType[] | "verdict";
  /** At least one. They may be ranges. */
  readonly elements: readonly NftElement[];
}

/** A set or map that is there. */
export interface NftSetInfo extends NftSetRef {
  readonly handle: bigint;
  /** `unknown`: of a type that this library cannot spell; its parts are bytes. */
  readonly key: readonly (NftType | "unknown")[];
  readonly data: readonly (NftType | "unknown")[] | "verdict" | null;
  readonly interval: boolean;
  readonly timeout: boolean;
  readonly defaultTimeoutMs: bigint | null;
  readonly dynamic: boolean;
  readonly constant: boolean;
  readonly counter: boolean;
  readonly size: number | null;
  /** Belongs to one rule, and goes with it (`{ … }` of `nft`). */
  readonly anonymous: boolean;
}

/** One part of an element's key: a value, `10.0.0.0/8` or a range, both ends in it, where the set has intervals. */
export type NftKeyPart = NftValue | { readonly from: NftValue; readonly to: NftValue };

/** An element of a set or map. */
export interface NftElement {
  /** As many parts as the set's key has. */
  readonly key: readonly NftKeyPart[];
  /** Of a map. */
  readonly data?: readonly NftValue[] | NftVerdict;
  /** In milliseconds; 0n: for ever, whatever the set says. */
  readonly timeoutMs?: bigint;
  /** At most 127 bytes. */
  readonly comment?: string;
}

/** Ranges that are a prefix are written so (`10.0.0.0/8`), and ranges of one value as the value. */
export interface NftElementInfo extends NftElement {
  /** How much of `timeoutMs` is left. */
  readonly expiresMs?: bigint;
  readonly counter?: { readonly packets: bigint; readonly bytes: bigint };
}

/** A rule to make. */
export interface NftRule {
  readonly chain: NftChainRef;
  /** In order; the builder in `shared/nft` makes them. The rule ends at the first that does not match. */
  readonly expressions: readonly NftExpression[];
  /** At most 127 bytes; how a rule is found again in a chain that is not ours. */
  readonly comment?: string;
}

/** At the end unless given. */
export type NftPlace = "last" | "first" | { readonly before: bigint } | { readonly after: bigint };

/** A rule that is there; `handle` is how to name it. */
export interface NftRuleInfo {
  readonly chain: NftChainRef;
  readonly handle: bigint;
  readonly expressions: readonly NftExpression[];
  readonly comment: string | null;
}
