import type { ForwardedPort, Forwarder, ForwardTarget } from "../domain/forwarder.ts";
import type { Problem } from "../domain/ports.ts";
import { clashes, type HostPort, type PublishedPort } from "../domain/published-port.ts";
import { BangerError } from "../shared/errors.ts";
import type { Logger } from "../shared/logger.ts";
import { Budget } from "./budget.ts";
import type { ForwardLimits, Listener, ListenerOptions } from "./listener.ts";
import { refusalOf } from "./refusal.ts";
import { TcpListener } from "./tcp-listener.ts";
import { UdpListener } from "./udp-listener.ts";

export interface PortForwarderOptions {
  readonly limits: ForwardLimits;
  readonly logger: Logger;
  /** Milliseconds, of any clock that does not go back. */
  readonly now: () => number;
}

/** One published port of a VM that runs. */
interface Entry {
  port: PublishedPort;
  listener: Listener;
  problem: string | null;
}

/** Published ports as listeners of this process (NET-6). Calls for one VM come one after another: its lock is held. */
export class PortForwarder implements Forwarder {
  readonly #options: PortForwarderOptions;
  readonly #budget: Budget;
  readonly #vms = new Map<string, { readonly target: ForwardTarget; entries: Entry[] }>();
  #retry: NodeJS.Timeout | null = null;

  constructor(options: PortForwarderOptions) {
    this.#options = options;
    this.#budget = new Budget(options.limits.total);
  }

  /** How many are open. */
  get openPorts(): number {
    return [...this.#vms.values()].flatMap(({ entries }) => entries).filter(isOpen).length;
  }

  async problems(ports: readonly PublishedPort[]): Promise<Problem[]> {
    const found: Problem[] = [];
    for (const port of ports) {
      const listener = this.#listener({ vmId: "", name: "", address: "0.0.0.0" }, port);
      try {
        await listener.bind();
        await listener.close();
      } catch (error) {
        found.push(await refusalOf(port, error, this.#publisherOf(port)));
      }
    }
    return found;
  }

  async open(target: ForwardTarget, wanted: readonly PublishedPort[]): Promise<readonly PublishedPort[]> {
    const before = this.#vms.get(target.vmId)?.entries ?? [];
    const kept = before.filter(({ port }) => wanted.some((each) => isSame(each, port)));
    const removed = before.filter((entry) => !kept.includes(entry));
    // Their ports may be wanted by others of this very list; what is connected to them lives until all is well.
    for (const { listener } of removed) await listener.unbind();
    const entries: Entry[] = [];
    try {
      for (const port of wanted) {
        entries.push(kept.find((entry) => isSame(entry.port, port)) ?? (await this.#bind(target, port)));
      }
    } catch (error) {
      for (const entry of entries) if (!kept.includes(entry)) await entry.listener.close();
      await this.#rebind(removed);
      throw error;
    }
    for (const { listener } of removed) await listener.close();
    for (const [at, entry] of entries.entries()) {
      const { guestPort } = wanted[at] as PublishedPort;
      entry.port = { ...entry.port, guestPort };
      entry.listener.guestPort = guestPort;
    }
    if (entries.length === 0) this.#vms.delete(target.vmId);
    else this.#vms.set(target.vmId, { target, entries });
    return entries.map(({ port }) => port);
  }

  async reopen(target: ForwardTarget, ports: readonly PublishedPort[]): Promise<void> {
    await this.close(target.vmId);
    if (ports.length === 0) return;
    const entries = ports.map((port) => ({ port, listener: this.#listener(target, port), problem: null }));
    this.#vms.set(target.vmId, { target, entries });
    await this.#rebind(entries);
  }

  async close(vmId: string): Promise<void> {
    const entries = this.#vms.get(vmId)?.entries ?? [];
    this.#vms.delete(vmId);
    for (const { listener } of entries) await listener.close();
  }

  of(vmId: string): readonly ForwardedPort[] {
    return (this.#vms.get(vmId)?.entries ?? []).map(({ port, problem }) => ({ ...port, problem }));
  }

  /** Closes all: the daemon ends. */
  async closeAll(): Promise<void> {
    if (this.#retry !== null) clearTimeout(this.#retry);
    for (const vmId of [...this.#vms.keys()]) await this.close(vmId);
  }

  #listener(target: ForwardTarget, port: PublishedPort): Listener {
    const { limits, logger, now } = this.#options;
    const options: ListenerOptions = { port, address: target.address, budget: this.#budget, limits, logger };
    return port.protocol === "tcp" ? new TcpListener(options) : new UdpListener({ ...options, now });
  }

  async #bind(target: ForwardTarget, port: PublishedPort): Promise<Entry> {
    const listener = this.#listener(target, port);
    try {
      await listener.bind();
    } catch (error) {
      const { code, message, next } = await refusalOf(port, error, this.#publisherOf(port));
      throw new BangerError(code, message, { next, cause: error });
    }
    return { port: { ...port, hostPort: listener.hostPort }, listener, problem: null };
  }

  /** What cannot be bound keeps its problem, and is tried again later. */
  async #rebind(entries: readonly Entry[]): Promise<void> {
    for (const entry of entries) {
      try {
        await entry.listener.bind();
        entry.port = { ...entry.port, hostPort: entry.listener.hostPort };
        entry.problem = null;
        // Its VM may have stopped meanwhile.
        if (!this.#has(entry)) await entry.listener.close();
      } catch (error) {
        const { message } = await refusalOf(entry.port, error, this.#publisherOf(entry.port));
        if (entry.problem !== message) this.#options.logger.warn({ port: entry.port, err: error }, message);
        entry.problem = message;
      }
    }
    if (entries.some((entry) => !isOpen(entry) && this.#has(entry))) this.#tryLater();
  }

  #has(entry: Entry): boolean {
    return [...this.#vms.values()].some(({ entries }) => entries.includes(entry));
  }

  #tryLater(): void {
    this.#retry ??= setTimeout(() => {
      this.#retry = null;
      const failed = [...this.#vms.values()].flatMap(({ entries }) =>
        entries.filter((each) => !isOpen(each)),
      );
      void this.#rebind(failed);
    }, this.#options.limits.retryMs).unref();
  }

  /** The VM of ours that has a port, by name. */
  #publisherOf(port: HostPort): string | null {
    for (const { target, entries } of this.#vms.values()) {
      if (entries.some((entry) => isOpen(entry) && clashes(entry.port, port))) return target.name;
    }
    return null;
  }
}

function isOpen({ problem }: Entry): boolean {
  return problem === null;
}

/** The same port of the host; where it leads may be changed while it is open. A free one that is yet to be chosen is like no other. */
function isSame(a: HostPort, b: HostPort): boolean {
  const { protocol, hostAddress, hostPort } = a;
  return (
    hostPort !== 0 && protocol === b.protocol && hostAddress === b.hostAddress && hostPort === b.hostPort
  );
}
