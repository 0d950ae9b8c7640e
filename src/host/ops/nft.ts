import type {
  NftChain,
  NftChainInfo,
  NftChainRef,
  NftElement,
  NftElementInfo,
  NftPlace,
  NftRule,
  NftRuleInfo,
  NftSet,
  NftSetInfo,
  NftSetRef,
  NftSetShape,
  NftTable,
  NftTableInfo,
  NftTableRef,
} from "./nft/objects.ts";

export type { NftType, NftValue } from "../../shared/nft/types.ts";
export type * from "./nft/expression.ts";
export type * from "./nft/objects.ts";

/**
 * One change of a transaction. What is added may be there already, if it is the same: then nothing happens; `mustCreate` makes that
 * ERR_HOST_EXISTS. What is deleted may be gone already; `mustExist` makes that ERR_HOST_NOT_FOUND.
 */
export type NftCommand =
  | { readonly op: "add-table"; readonly table: NftTable; readonly mustCreate?: boolean }
  /** With all that is in it. */
  | { readonly op: "delete-table"; readonly table: NftTableRef; readonly mustExist?: boolean }
  /** All rules of all its chains. */
  | { readonly op: "flush-table"; readonly table: NftTableRef }
  /** The same base chain again changes its policy. */
  | { readonly op: "add-chain"; readonly chain: NftChain; readonly mustCreate?: boolean }
  /** With its rules; ERR_HOST_BUSY while others jump to it. */
  | { readonly op: "delete-chain"; readonly chain: NftChainRef | NftByHandle; readonly mustExist?: boolean }
  | { readonly op: "flush-chain"; readonly chain: NftChainRef }
  | { readonly op: "add-set"; readonly set: NftSet; readonly mustCreate?: boolean }
  /** ERR_HOST_BUSY while a rule looks in it. */
  | { readonly op: "delete-set"; readonly set: NftSetRef | NftByHandle; readonly mustExist?: boolean }
  | { readonly op: "flush-set"; readonly set: NftSetRef }
  /**
   * One that is there with other data, or overlaps another, is ERR_HOST_EXISTS in any case. (Linux 6.1 takes a range for there already
   * whose two ends are those of neighbours, `10.0.0.0/24` beside its two halves; 6.18 does not.)
   */
  | {
      readonly op: "add-elements";
      readonly set: NftSetShape;
      readonly elements: readonly NftElement[];
      readonly mustCreate?: boolean;
    }
  | {
      readonly op: "delete-elements";
      readonly set: NftSetShape;
      readonly elements: readonly Pick<NftElement, "key">[];
      readonly mustExist?: boolean;
    }
  /** Always a new one: two equal rules are two. */
  | { readonly op: "add-rule"; readonly rule: NftRule; readonly place?: NftPlace }
  | { readonly op: "replace-rule"; readonly rule: NftRule; readonly handle: bigint }
  | {
      readonly op: "delete-rule";
      readonly chain: NftChainRef;
      readonly handle: bigint;
      readonly mustExist?: boolean;
    };

/** A chain or set by the number that the kernel gave it. */
export interface NftByHandle {
  readonly table: NftTableRef;
  readonly handle: bigint;
}

/** What became of one command. */
export interface NftResult {
  /** Of the table, chain, set or rule that was made; null of all else, and of what was there already. */
  readonly handle: bigint | null;
  /** It was to be deleted, and was not there. */
  readonly missing: boolean;
}

/**
 * nf_tables by netlink (linux/netfilter/nf_tables.h), in the network namespace that this process was in at the first call, or in one
 * that has a name (`netns.in`). Needs CAP_NET_ADMIN (ERR_HOST_PERMISSION
 * otherwise), and a kernel that has it (ERR_HOST_UNSUPPORTED). Names are as they are: nothing is prefixed, nobody else's tables are in the way.
 */
export interface NftOps {
  /** Whether this kernel has nf_tables and we may use it, with the reason for a person: where not, it does not reject. */
  available(): Promise<{ ok: boolean; reason: string }>;
  /**
   * All of the commands, in order, as one transaction: packets see it whole or not at all, and a failure leaves what was. The answers are
   * in the commands' order. The error is about one command: its place is `details.command` (from 0), `object` says which it is, and where
   * the kernel points into a rule, its message says at which expression. ERR_HOST_EXISTS, ERR_HOST_NOT_FOUND, ERR_HOST_BUSY (in use),
   * ERR_HOST_INVALID (refused before the kernel is asked, or by it), ERR_HOST_PERMISSION, ERR_HOST_UNSUPPORTED with what to load.
   */
  apply(commands: readonly NftCommand[]): Promise<NftResult[]>;
  /**
   * The number of the last transaction that changed anything, whoever's it was: after one of one's own it is one more, unless somebody else was
   * there too. From 0; it wraps around after 2^32.
   */
  generation(): Promise<number>;
  /** Every family's. */
  tables(): Promise<NftTableInfo[]>;
  /** Of a table that is not there: none. So for all listings. */
  chains(table: NftTableRef): Promise<NftChainInfo[]>;
  /** In order. */
  rules(chain: NftChainRef): Promise<NftRuleInfo[]>;
  /** Sets and maps, those without a name of their own too. */
  sets(table: NftTableRef): Promise<NftSetInfo[]>;
  /** In the order of their keys' bytes. */
  elements(set: NftSetRef): Promise<NftElementInfo[]>;
}
