import type { LinkInfo, TapState } from "../../host-ops.ts";

/** native/src/tun and native/src/netlink. Numbers are the kernel's own (`../net-names.ts`), addresses in network order, 4 or 16 bytes. */
export interface NetAddon {
  tapCreate(name: string, settings: NativeTapSettings): Promise<void>;
  tapConfigure(name: string, settings: NativeTapSettings): Promise<void>;
  tapSetPersistent(name: string, persistent: boolean): Promise<void>;
  tapInspect(name: string): Promise<TapState>;

  linkGet(name: string): Promise<NativeLink>;
  linkFind(name: string): Promise<NativeLink | null>;
  linkExists(name: string): Promise<boolean>;
  linkDump(): Promise<NativeLink[]>;
  /** By index or by name; a new name only by index. */
  linkSet(link: string | number, change: NativeLinkChange, object: string): Promise<void>;
  linkCreate(link: NativeNewLink): Promise<void>;
  linkDelete(name: string): Promise<void>;
  linkDeleteGroup(group: number): Promise<void>;
  linkIsolate(index: number, isolated: boolean, object: string): Promise<void>;

  addressAdd(address: NativeAddress, object: string): Promise<void>;
  addressDelete(address: NativeAddress, object: string): Promise<void>;
  addressDump(family: number): Promise<NativeListed<NativeAddress>[]>;
  routeAdd(route: NativeRoute, object: string): Promise<void>;
  routeReplace(route: NativeRoute, object: string): Promise<void>;
  routeDelete(route: NativeRoute, object: string): Promise<void>;
  /** Table 0: all. */
  routeDump(family: number, table: number): Promise<NativeListed<NativeRoute>[]>;
  neighbourSet(neighbour: NativeNeighbour, object: string): Promise<void>;
  neighbourDelete(neighbour: NativeNeighbour, object: string): Promise<void>;
  neighbourDump(family: number): Promise<NativeListed<NativeNeighbour>[]>;
}

/** What is undefined or null stays as it is. */
export interface NativeTapSettings {
  ownerUid?: number | undefined;
  groupGid?: number | undefined;
  mac?: Uint8Array | undefined;
  offloads?: number | undefined;
  vnetHeaderBytes?: number | undefined;
}

/** As LinkInfo, but for what the kernel has numbers for. */
export interface NativeLink extends Omit<LinkInfo, "operState" | "ipv6AddressMode" | "port"> {
  operState: number;
  addressMode: number | null;
  port: { isolated: boolean; state: number } | null;
}

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

/** As it is listed: with the name of its link, null where it has none, or it is gone. */
export type NativeListed<T> = Omit<T, "linkIndex" | "linkName"> & { linkName: string | null };

export interface NativeAddress {
  linkIndex: number;
  /** Instead of the index, in what is to be changed. */
  linkName?: string;
  address: Uint8Array;
  bits: number;
  peer: Uint8Array | null;
  scope: number;
  flags: number;
}

export interface NativeRoute {
  address: Uint8Array;
  bits: number;
  /** 0: none, or several. */
  linkIndex: number;
  /** Instead of the index, in what is to be changed. */
  linkName?: string;
  source: Uint8Array | null;
  gateway: Uint8Array | null;
  table: number;
  metric: number;
  scope: number;
  type: number;
  protocol: number;
  onLink: boolean;
}

export interface NativeNeighbour {
  linkIndex: number;
  /** Instead of the index, in what is to be changed. */
  linkName?: string;
  address: Uint8Array;
  mac: Uint8Array | null;
  state: number;
}
