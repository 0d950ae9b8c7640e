/** The zone in which every VM that runs has its name (NET-4). */
export const ZONE = "vm";

/** What the DNS server knows of VMs: only of those that run. */
export interface NameRecords {
  /** `name` is a DNS label, `address` IPv4. The same VM's earlier record goes. */
  set(vmId: string, record: { readonly name: string; readonly address: string }): void;
  /** Of none is a success. */
  remove(vmId: string): void;
}

/** A server of ours: where it answers, or why it does not. */
export interface DnsListenerState {
  /** `127.0.0.1:42069`. */
  readonly at: string;
  /** Null while it answers. */
  readonly problem: string | null;
}

/** What `banger daemon status` and doctor say of DNS. */
export interface DnsState {
  /** For programs of this host. */
  readonly host: DnsListenerState;
  /** For guests, on the gateway address; null while no VM has run yet. */
  readonly guests: DnsListenerState | null;
  /** Whether systemd-resolved asks us: `routed` on the anchor link; `absent` where it does not run; null before there is a link. */
  readonly resolved: {
    readonly state: "routed" | "absent" | "failed";
    readonly problem: string | null;
  } | null;
}
