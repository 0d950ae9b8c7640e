import type { NftChain, NftSet, NftTable, NftTableRef } from "../host/host-ops.ts";
import { NFT_PRIORITY } from "../shared/nft/index.ts";

/** Links of guests, all of them and those to come. */
export const GUEST_LINKS = "bgr*";

/**
 * Everything is in two tables. The first outlives the daemon, as its VMs do, but anybody's `nft flush ruleset` empties it. The guard, which
 * only refuses, is this process's own: a flush passes it by, so that guests are shut in until the first is there again.
 */
export const MAIN: NftTable = { family: "inet", name: "banger" };
export const GUARD: NftTable = { family: "inet", name: "banger-guard", owned: true };

/** NF_IP_PRI_CONNTRACK_DEFRAG is -400 (linux/netfilter_ipv4.h). */
const BEFORE_FRAGMENTS = -450;

/** As many as the smallest range that has room for them all: a /16. */
const MOST_GUESTS = 65_536;

/** Chains and sets by their table. */
export interface Layout {
  /** Before fragments are put together, which asks for nothing but addresses: one guest's must not end in another's packet. */
  readonly origin: NftChain;
  /** All packets that come in: by guests' links, or saying that they did. */
  readonly prerouting: NftChain;
  /** What a guest's packet may be, from the link that is its own. */
  readonly fromGuest: NftChain;
  readonly public: NftChain;
  readonly full: NftChain;
  /** What it may be, unless it has too many connections. Where these are counted. */
  readonly allowed: NftChain;
  /** What is on its way to a guest, and what is only forwarded because we turned that on. */
  readonly forward: NftChain;
  /** Link, MAC and address of each guest that has a network, and the chain that says what it reaches. */
  readonly guests: NftSet;
  /** Pairs of addresses, in both orders. */
  readonly peers: NftSet;
  readonly reserved: NftSet;
  /** Links that forward because of us. */
  readonly opened: NftSet;
  /** How many connections each guest has: the rules fill it. Only in {@link MAIN}. */
  readonly connections: NftSet;
  /** Guests that had too many a moment ago. As {@link connections}. */
  readonly tooMany: NftSet;
}

export function layoutOf(table: NftTableRef): Layout {
  return OWN_LAYOUTS[table.name] ?? layout(table);
}

function layout({ family, name }: NftTableRef): Layout {
  const table = { family, name };
  const { mangle, filter } = NFT_PRIORITY;
  return {
    origin: {
      table,
      name: "origin",
      base: { type: "filter", hook: "prerouting", priority: BEFORE_FRAGMENTS },
    },
    // After connections are known, before anybody's destination NAT.
    prerouting: {
      table,
      name: "prerouting",
      base: { type: "filter", hook: "prerouting", priority: mangle },
    },
    forward: { table, name: "forward", base: { type: "filter", hook: "forward", priority: filter } },
    fromGuest: { table, name: "from-guest" },
    public: { table, name: "public" },
    full: { table, name: "full" },
    allowed: { table, name: "allowed" },
    guests: { table, name: "guests", key: ["ifname", "ether_addr", "ipv4_addr"], data: "verdict" },
    peers: { table, name: "peers", key: ["ipv4_addr", "ipv4_addr"] },
    reserved: { table, name: "reserved", key: ["ipv4_addr"], interval: true },
    opened: { table, name: "opened", key: ["ifname"] },
    connections: { table, name: "connections", key: ["ipv4_addr"], dynamic: true, size: MOST_GUESTS },
    tooMany: {
      ...{ table, name: "too-many", key: ["ipv4_addr"], dynamic: true, timeout: true },
      // Those whose time is over are still in it for a while.
      size: 4 * MOST_GUESTS,
    },
  };
}

/** Each change of a guest asks for both. */
const OWN_LAYOUTS: Readonly<Record<string, Layout>> = {
  [MAIN.name]: layout(MAIN),
  [GUARD.name]: layout(GUARD),
};

/** Only in {@link MAIN}: the guard refuses, and translates nothing. */
export const POSTROUTING: NftChain = {
  table: { family: MAIN.family, name: MAIN.name },
  name: "postrouting",
  base: { type: "nat", hook: "postrouting", priority: NFT_PRIORITY.srcnat },
};
