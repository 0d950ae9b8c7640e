/** native/src/netlink/nfnl: carries netlink messages; what is in them is TypeScript's. One exchange at a time. */
export interface NftAddon {
  readonly NetfilterSocket: new () => NativeNetfilterSocket;
}

export interface NativeNetfilterSocket {
  /** EPROTONOSUPPORT where the kernel has no nfnetlink. Idempotent. */
  open(): Promise<void>;
  /** One transaction. `replyBytes`: how much room the answers need, in the kernel's own accounting. */
  batch(messages: Uint8Array, replyBytes: number): Promise<Uint8Array>;
  /** The messages up to the end of the dump, or to its error. */
  dump(request: Uint8Array): Promise<Uint8Array>;
  close(): Promise<void>;
}
