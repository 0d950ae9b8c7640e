/** What listens in a guest. */
export interface GuestPorts {
  readonly listeners: readonly GuestListener[];
  /** There are more than its agent could tell. */
  readonly truncated: boolean;
}

/** What the guest says of one socket; its names are as its programs choose them. */
export interface GuestListener {
  readonly protocol: "tcp" | "udp";
  readonly address: string;
  readonly port: number;
  /** These three are null where the socket is the kernel's own, or its process has gone. */
  readonly pid: number | null;
  readonly process: string | null;
  readonly command: string | null;
}
