import type { PublishedPort } from "../domain/published-port.ts";
import type { Logger } from "../shared/logger.ts";
import type { Budget } from "./budget.ts";

/** A port of the host that is open, and what is connected through it. */
export interface Listener {
  /** As it was bound: a free one was chosen for 0. */
  readonly hostPort: number;
  /** Where the guest's end is for what comes from now on. */
  guestPort: number;
  /** Lets go of the port; what is connected stays so. */
  unbind(): Promise<void>;
  /** Takes the port again. Rejects with the system's error. */
  bind(): Promise<void>;
  /** Lets go of the port and of everything that is connected. Idempotent. */
  close(): Promise<void>;
}

export interface ListenerOptions {
  readonly port: PublishedPort;
  /** Address of the guest, IPv4. */
  readonly address: string;
  readonly budget: Budget;
  readonly limits: ForwardLimits;
  readonly logger: Logger;
}

/** Bounds of what is carried, so that no client and no guest takes more of the daemon than this. */
export interface ForwardLimits {
  /** Connections, or clients, of one port. */
  readonly perPort: number;
  /** Of all ports. */
  readonly total: number;
  /** How long a guest has to take a connection, in milliseconds. */
  readonly connectMs: number;
  /** After how long without a datagram a client of a UDP port is forgotten, in milliseconds. */
  readonly udpIdleMs: number;
  /** How often ports that could not be opened for a VM that runs already are tried again, in milliseconds. */
  readonly retryMs: number;
}

export const FORWARD_LIMITS: ForwardLimits = {
  perPort: 4096,
  total: 8192,
  connectMs: 10_000,
  udpIdleMs: 90_000,
  retryMs: 2_000,
};
