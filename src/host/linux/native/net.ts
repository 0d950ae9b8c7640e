/** native/src/tun and native/src/netlink. */
export interface NetAddon {
  tapCreate(name: string, ownerUid: number, mac: Uint8Array | null): Promise<void>;

  linkGet(name: string): Promise<NativeLink>;
  linkDump(): Promise<NativeLink[]>;
  linkSetUp(name: string, up: boolean): Promise<void>;
  linkCreate(name: string, kind: string): Promise<void>;
  linkDelete(name: string): Promise<void>;
  addressAdd(linkIndex: number, address: Uint8Array, prefixLength: number, object: string): Promise<void>;
  addressDump(): Promise<{ linkIndex: number; address: Uint8Array; prefixLength: number }[]>;
  routeAdd: NativeRouteChange;
  routeDelete: NativeRouteChange;
  routeDump(): Promise<NativeRoute[]>;
  neighbourSet(linkIndex: number, address: Uint8Array, mac: Uint8Array, object: string): Promise<void>;
}

export interface NativeLink {
  name: string;
  index: number;
  mac: string;
  mtu: number;
  up: boolean;
  kind: string | null;
  rxBytes: bigint;
  txBytes: bigint;
}

export interface NativeRoute {
  address: Uint8Array;
  prefixLength: number;
  linkIndex: number;
  source: Uint8Array | null;
  gateway: Uint8Array | null;
}

type NativeRouteChange = (
  linkIndex: number,
  address: Uint8Array,
  prefixLength: number,
  source: Uint8Array | null,
  object: string,
) => Promise<void>;
