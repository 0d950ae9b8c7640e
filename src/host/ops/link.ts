export interface TapCreate {
  /** At most 15 bytes. */
  name: string;
  /** Who may attach; always set, an unowned persistent TAP can be attached by any user. */
  ownerUid: number;
  /** `02:...`, six colon-separated octets; the kernel chooses one otherwise. */
  mac?: string;
}

export interface TapOps {
  /** A persistent TAP: IFF_TAP | IFF_NO_PI | IFF_VNET_HDR, single queue, TUNSETOWNER, IPv6 off. A name that is taken is ERR_HOST_EXISTS. */
  create(spec: TapCreate): Promise<LinkInfo>;
}

export interface LinkInfo {
  name: string;
  index: number;
  mac: string;
  mtu: number;
  up: boolean;
  /** rtnetlink's IFLA_INFO_KIND: `tun`, `dummy`, `bridge`, `veth`, or null for a plain device. */
  kind: string | null;
  rxBytes: bigint;
  txBytes: bigint;
}

export interface LinkOps {
  list(namePrefix: string): Promise<LinkInfo[]>;
  get(name: string): Promise<LinkInfo | null>;
  setUp(name: string, up: boolean): Promise<void>;
  /** A dummy device; ERR_HOST_UNSUPPORTED where the kernel has none. */
  createDummy(name: string): Promise<LinkInfo>;
  delete(name: string): Promise<void>;
}
