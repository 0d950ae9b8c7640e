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
