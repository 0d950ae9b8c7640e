import type { NftOwnSet } from "./objects.ts";

/**
 * One 32-bit word of the sixteen that a rule computes with; a longer value takes several in a row. Longer ones begin where a quarter
 * begins (0, 4, 8, 12) or anywhere.
 */
export type NftRegister = number;

/** What becomes of the packet (`enum nft_verdicts`); `return` goes back to the chain that jumped, `continue` to the next rule. */
export type NftVerdict =
  | "accept"
  | "drop"
  | "return"
  | "continue"
  | { readonly jump: string }
  | { readonly goto: string };

/** Of `cmp`: byte by byte, the first byte first. */
export type NftComparison = "==" | "!=" | "<" | "<=" | ">" | ">=";

/** What `meta` reads of a packet and its links (`enum nft_meta_keys`). */
export type NftMetaKey =
  | ("length" | "protocol" | "priority" | "mark" | "iif" | "oif" | "iifname" | "oifname" | "iiftype")
  | ("oiftype" | "skuid" | "skgid" | "nftrace" | "nfproto" | "l4proto" | "pkttype" | "cpu" | "iifgroup")
  | ("oifgroup" | "cgroup" | "iifkind" | "oifkind");

/** What `ct` reads of its connection (`enum nft_ct_keys`). */
export type NftCtKey =
  | ("state" | "direction" | "status" | "mark" | "expiration" | "l3proto" | "protocol" | "proto-src")
  | ("proto-dst" | "packets" | "bytes" | "zone" | "src-ip" | "dst-ip" | "src-ip6" | "dst-ip6" | "id");

/** By what `fib` asks routing. */
export type NftFibFlag = "saddr" | "daddr" | "mark" | "iif" | "oif";
/** How NAT chooses a port (linux/netfilter/nf_nat.h). */
export type NftNatFlag = "random" | "fully-random" | "persistent";

/** A range of registers: `to` is `from` unless given. */
export interface NftRegisterRange {
  readonly from: NftRegister;
  readonly to?: NftRegister;
}

/**
 * The kernel's expressions (linux/netfilter/nf_tables.h, NFTA_EXPR_NAME), each as it is: it reads and writes registers, or has an effect.
 * Bytes are in the order in which the kernel has them: network order of headers, the host's of `meta mark`, `ct state`, `meta iif`.
 */
export type NftExpression =
  /** Bytes of the packet. A rule ends where the packet is too short. */
  | {
      readonly type: "payload";
      readonly base: NftPayloadBase;
      readonly offset: number;
      readonly length: number;
      readonly to: NftRegister;
    }
  | { readonly type: "meta"; readonly key: NftMetaKey; readonly to: NftRegister }
  | { readonly type: "meta-set"; readonly key: "mark" | "priority" | "nftrace"; readonly from: NftRegister }
  /** Of the packet's connection. Keys of one side need a direction. */
  | {
      readonly type: "ct";
      readonly key: NftCtKey;
      readonly direction?: "original" | "reply";
      readonly to: NftRegister;
    }
  | { readonly type: "ct-set"; readonly key: "mark" | "zone"; readonly from: NftRegister }
  /** What routing says of an address; `present`: 1 or 0 rather than the link. */
  | {
      readonly type: "fib";
      readonly of: readonly NftFibFlag[];
      readonly result: "oif" | "oifname" | "type";
      readonly present?: boolean;
      readonly to: NftRegister;
    }
  | {
      readonly type: "cmp";
      readonly from: NftRegister;
      readonly op: NftComparison;
      readonly value: Uint8Array;
    }
  /** Both ends belong to it. */
  | {
      readonly type: "range";
      readonly from: NftRegister;
      readonly op: "==" | "!=";
      readonly low: Uint8Array;
      readonly high: Uint8Array;
    }
  /** `(value & mask) ^ xor` */
  | {
      readonly type: "bitwise";
      readonly from: NftRegister;
      readonly to: NftRegister;
      readonly mask: Uint8Array;
      readonly xor: Uint8Array;
    }
  /** `length` bytes, as numbers of `size` (2, 4 or 8), between the host's order and the network's. */
  | {
      readonly type: "byteorder";
      readonly from: NftRegister;
      readonly to: NftRegister;
      readonly op: "ntoh" | "hton";
      readonly length: number;
      readonly size: number;
    }
  | { readonly type: "immediate"; readonly to: NftRegister; readonly value: Uint8Array }
  /**
   * Without `to`: whether it is in the set; with it: the map's value, or the verdict itself. Listings name a set that is the rule's own too, as
   * the kernel does (`__set0`): `elements` tells what is in it.
   */
  | {
      readonly type: "lookup";
      readonly set: string | NftOwnSet;
      readonly from: NftRegister;
      readonly negate?: boolean;
      readonly to?: NftRegister | "verdict";
    }
  | { readonly type: "masquerade"; readonly flags?: readonly NftNatFlag[]; readonly port?: NftRegisterRange }
  | {
      readonly type: "snat" | "dnat";
      readonly family: "ip" | "ip6";
      readonly address?: NftRegisterRange;
      readonly port?: NftRegisterRange;
      readonly flags?: readonly NftNatFlag[];
    }
  /** To the host itself. */
  | { readonly type: "redirect"; readonly port?: NftRegisterRange; readonly flags?: readonly NftNatFlag[] }
  | { readonly type: "counter"; readonly packets: bigint; readonly bytes: bigint }
  /** Ends the rule beyond `rate` (or, `over`, below it). */
  | {
      readonly type: "limit";
      readonly rate: bigint;
      readonly per: NftRateUnit;
      readonly of: "packets" | "bytes";
      readonly burst: number;
      readonly over?: boolean;
    }
  /** Ends the rule beyond `count` connections that are tracked (or, `over`, up to that): of those whose packets came by, in one place or in an element of a set. */
  | { readonly type: "connlimit"; readonly count: number; readonly over?: boolean }
  /**
   * Changes a set that is `dynamic` by what is in the registers; the rule ends where it is full (a set without a `size` always is). With `state`, a new element has
   * a copy of that expression, and each packet asks the copy of its element.
   */
  | {
      readonly type: "dynset";
      readonly op: "add" | "update" | "delete";
      readonly set: string;
      readonly from: NftRegister;
      readonly data?: NftRegister;
      readonly timeoutMs?: bigint;
      readonly state?: NftExpression;
    }
  | { readonly type: "reject"; readonly with: NftReject }
  | { readonly type: "verdict"; readonly verdict: NftVerdict }
  /** One that this library does not know; only in listings, `data` is its attributes. */
  | { readonly type: "unknown"; readonly name: string; readonly data: Uint8Array };

/** From where the offset of `payload` counts. */
export type NftPayloadBase = "link" | "network" | "transport";
/** The time of a `limit`'s rate. */
export type NftRateUnit = "second" | "minute" | "hour" | "day" | "week";

/** `icmpx` is ICMP or ICMPv6 as the packet needs (tables of `inet` and `bridge`); `code` of ICMP's own is its number. */
export type NftReject =
  | { readonly kind: "tcp-reset" }
  | {
      readonly kind: "icmpx";
      readonly code: "no-route" | "port-unreachable" | "host-unreachable" | "admin-prohibited";
    }
  | { readonly kind: "icmp"; readonly code: number };
