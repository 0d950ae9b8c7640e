/** native/src/netlink/nfnl: carries netlink messages; what is in them is TypeScript's. */
export interface NftAddon {
  /** EPROTONOSUPPORT where the kernel has no nfnetlink. */
  netfilterOpen(): Promise<NativeNetfilterSocket>;
}

/** Of the network namespace in which it was opened. One exchange at a time; one that fails closes it, and calls after that are EBADF. */
export interface NativeNetfilterSocket {
  /** One transaction. `replyBytes`: how much room the answers need, in the kernel's own accounting. */
  batch(messages: Uint8Array, replyBytes: number): Promise<Uint8Array>;
  /** The messages up to the end of the dump, or to its error. */
  dump(request: Uint8Array): Promise<Uint8Array>;
  /** Idempotent. */
  close(): Promise<void>;
}
