import type { TapState } from "../../host-ops.ts";

/**
 * native/src/tun and native/src/netlink. Numbers are the kernel's own (`../net-names.ts`), addresses in network order, 4 or 16 bytes. What crosses
 * often crosses by its place: to look a name up costs more than the number behind it (ADR 20).
 */
export interface NetAddon {
  tapCreate(name: string, ...settings: NativeTapSettings): Promise<void>;
  tapConfigure(name: string, ...settings: NativeTapSettings): Promise<void>;
  tapSetPersistent(name: string, persistent: boolean): Promise<void>;
  tapInspect(name: string): Promise<TapState>;

  linkGet(name: string): Promise<NativeLink>;
  linkFind(name: string): Promise<NativeLink | null>;
  linkExists(name: string): Promise<boolean>;
  linkDump(): Promise<NativeLink[]>;
  /** By index or by name; a new name only by index. */
  linkSet(link: string | number, change: NativeLinkChange, object: string): Promise<void>;
  /** What each new link gets: {@link linkSet} reads five times as many arguments. */
  linkSetUp(name: string, up: boolean): Promise<void>;
  linkCreate(link: NativeNewLink): Promise<void>;
  linkDelete(name: string): Promise<void>;
  linkDeleteGroup(group: number): Promise<void>;
  linkIsolate(index: number, isolated: boolean, object: string): Promise<void>;

  addressAdd(...address: [...NativeAddress<string>, object: string]): Promise<void>;
  addressDelete(...address: [...NativeAddress<string>, object: string]): Promise<void>;
  addressDump(family: number): Promise<NativeAddress[]>;
  routeAdd(...route: [...NativeRoute, object: string]): Promise<void>;
  routeReplace(...route: [...NativeRoute, object: string]): Promise<void>;
  routeDelete(...route: [...NativeRoute, object: string]): Promise<void>;
  /** Table 0: all. */
  routeDump(family: number, table: number): Promise<NativeRoute[]>;
  neighbourSet(...neighbour: [...NativeNeighbour<string>, object: string]): Promise<void>;
  neighbourDelete(...neighbour: [...NativeNeighbour<string>, object: string]): Promise<void>;
  neighbourDump(family: number): Promise<NativeNeighbour[]>;
}

/** What is undefined or null stays as it is. */
export type NativeTapSettings = readonly [
  ownerUid: number | undefined,
  groupGid: number | undefined,
  mac: Uint8Array | undefined,
  offloads: number | undefined,
  vnetHeaderBytes: number | undefined,
];

/** As LinkInfo, but for what the kernel has numbers for. */
export type NativeLink = readonly [
  name: string,
  index: number,
  mac: string,
  mtu: number,
  up: boolean,
  operState: number,
  group: number,
  kind: string | null,
  masterIndex: number | null,
  peerIndex: number | null,
  addressMode: number | null,
  tun: NativeTun | null,
  stp: boolean | null,
  port: readonly [isolated: boolean, state: number] | null,
  stats: NativeStats,
];

type NativeStats = readonly [
  rxBytes: bigint,
  txBytes: bigint,
  rxPackets: bigint,
  txPackets: bigint,
  rxErrors: bigint,
  txErrors: bigint,
  rxDropped: bigint,
  txDropped: bigint,
];

export type NativeTun = readonly [
  ownerUid: number | null,
  groupGid: number | null,
  persist: boolean,
  vnetHeader: boolean,
  multiQueue: boolean,
];

export interface NativeLinkChange {
  up?: boolean | undefined;
  mac?: Uint8Array | undefined;
  mtu?: number | undefined;
  group?: number | undefined;
  /** 0: of no bridge any more. */
  masterIndex?: number | undefined;
  addressMode?: number | undefined;
  newName?: string | undefined;
  /** The file of a network namespace that the link moves to. */
  namespace?: string | undefined;
}

export interface NativeNewLink {
  name: string;
  kind: string;
  mac?: Uint8Array | undefined;
  mtu?: number | undefined;
  group?: number | undefined;
  stp?: boolean | undefined;
  peerName?: string | undefined;
  /** The file of a network namespace. */
  peerNamespace?: string | undefined;
}

/**
 * `link` is a name. In what is listed it is null where there is none, or it is gone; in a change the addon looks its index up in the same go: ENODEV
 * (ERR_HOST_NOT_FOUND) where there is none.
 */
export type NativeAddress<Link = string | null> = readonly [
  link: Link,
  address: Uint8Array,
  bits: number,
  peer: Uint8Array | null,
  scope: number,
  flags: number,
];

/** As NativeAddress. A route by several links has none. */
export type NativeRoute = readonly [
  link: string | null,
  address: Uint8Array,
  bits: number,
  source: Uint8Array | null,
  gateway: Uint8Array | null,
  table: number,
  metric: number,
  scope: number,
  type: number,
  protocol: number,
  onLink: boolean,
];

/** As NativeAddress. */
export type NativeNeighbour<Link = string | null> = readonly [
  link: Link,
  address: Uint8Array,
  mac: Uint8Array | null,
  state: number,
];
