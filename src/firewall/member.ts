import type { NetAccess } from "../domain/vm.ts";

/** A guest, as the rules know it. */
export interface Member {
  readonly tap: string;
  readonly mac: string;
  readonly address: string;
  readonly access: NetAccess;
  /** Addresses of the guests that it and they may talk to each other. */
  readonly peers: readonly string[];
}

/** The network that guests live in. */
export interface GuestNetwork {
  readonly cidr: string;
  /** The host's address on it: its resolver is there, and nothing else. */
  readonly gateway: string;
}

/** Addresses of two guests that may talk to each other; in a list, each pair is there in both orders. */
export type Pair = readonly [string, string];

/** What a change of a guest took away. */
export interface Taken {
  /** What it was; null of one that was not there. */
  readonly before: Member | null;
  /** Pairs that are none any more. */
  readonly unpaired: readonly Pair[];
}
