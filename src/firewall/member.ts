/** What a guest may reach beside the agent's channel (NET-3): the internet, everything that the host reaches, or nothing. */
export type NetAccess = "none" | "public" | "full";

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
