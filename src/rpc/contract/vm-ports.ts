import type { VmSummary } from "./vm.ts";

/** A service that listens in a guest. What names it has are the guest's: they are not safe to print as they are. */
export interface VmListener {
  protocol: "http" | "https" | "tcp" | "udp";
  transport: "tcp" | "udp";
  port: number;
  addresses: string[];
  /** The host does not reach it: it listens at the guest's loopback address, or at a network inside of it. */
  guestOnly: boolean;
  /** `http://web.vm:8000`, `web.vm:5432`; `127.0.0.1:5432` of what the guest alone reaches. */
  endpoint: string;
  /** These three are null where the socket is the kernel's own. */
  pid: number | null;
  process: string | null;
  command: string | null;
}

/** A port of the host that leads to a guest. */
export interface VmPublishedPort {
  protocol: "tcp" | "udp";
  hostAddress: string;
  /** 0: a free one, chosen at the next start. */
  hostPort: number;
  guestPort: number;
  /** `127.0.0.1:8080`, `http://127.0.0.1:8080`. */
  endpoint: string;
  /** Its VM runs, and so it is carried. */
  open: boolean;
  /** Why it leads nowhere, in one sentence; null when all is well. */
  problem: string | null;
}

/** What listens in a VM's guest, and which ports of the host lead there. */
export interface VmPorts {
  id: string;
  name: string;
  state: VmSummary["state"];
  address: string;
  /** None while it does not run. */
  listeners: VmListener[];
  published: VmPublishedPort[];
  /** The guest has more listeners than it told of. */
  truncated: boolean;
}
