import type { Problem } from "./ports.ts";
import type { PublishedPort } from "./published-port.ts";

/** How a published port stands. */
export interface ForwardedPort extends PublishedPort {
  /** Why it leads nowhere although its VM runs, in one sentence; null when all is well. */
  readonly problem: string | null;
}

/** The running VM whose ports are published. */
export interface ForwardTarget {
  readonly vmId: string;
  readonly name: string;
  /** The guest's. */
  readonly address: string;
}

/** Carries what comes to ports of the host to guests, in this daemon: what it opens is closed when the daemon ends. */
export interface Forwarder {
  /** What keeps these from being opened now, tried: taken, not allowed, no address of this host. */
  problems(ports: readonly PublishedPort[]): Promise<Problem[]>;
  /**
   * Makes `ports` the open ones of a VM, all or none: connections of those that stay live on. Resolves with them, in this order, a free port
   * for each that was left open. ERR_PORT_TAKEN, ERR_PORT_DENIED, ERR_PORT_ADDRESS.
   */
  open(target: ForwardTarget, ports: readonly PublishedPort[]): Promise<readonly PublishedPort[]>;
  /** As {@link Forwarder.open}, but what cannot be opened is kept, with its problem, and tried again from time to time. Does not reject. */
  reopen(target: ForwardTarget, ports: readonly PublishedPort[]): Promise<void>;
  /** Closes all of a VM, with their connections. Idempotent. */
  close(vmId: string): Promise<void>;
  of(vmId: string): readonly ForwardedPort[];
}
