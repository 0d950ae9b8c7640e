import dgram, { type Socket } from "node:dgram";
import type { Listener, ListenerOptions } from "./listener.ts";

/** What may wait for a socket to take it, in bytes; datagrams beyond that are lost, as on any full queue. */
const QUEUE_BYTES = 256 * 1024;

/** One client of a UDP port, and the socket by which the guest knows it. */
interface Flow {
  readonly socket: Socket;
  readonly release: () => void;
  /** Datagrams that came before the socket was connected. */
  early: Buffer[] | null;
  lastUsed: number;
}

/** A UDP port: each client's address has a socket of its own towards the guest, so that answers find their way back. */
export class UdpListener implements Listener {
  readonly #options: ListenerOptions;
  /** By the client's address and port, the one that was idle longest first. */
  readonly #flows = new Map<string, Flow>();
  readonly #now: () => number;
  #server: Socket | null = null;
  #sweep: NodeJS.Timeout | null = null;
  #hostPort: number;
  #guestPort: number;

  constructor(options: ListenerOptions & { readonly now: () => number }) {
    this.#options = options;
    this.#now = options.now;
    this.#hostPort = options.port.hostPort;
    this.#guestPort = options.port.guestPort;
  }

  get hostPort(): number {
    return this.#hostPort;
  }

  get guestPort(): number {
    return this.#guestPort;
  }

  /** Sockets to the old port have no answer to give any more. */
  set guestPort(port: number) {
    if (port !== this.#guestPort) this.#forgetAll();
    this.#guestPort = port;
  }

  async bind(): Promise<void> {
    const { hostAddress: address } = this.#options.port;
    const ipv6Only = address.includes(":");
    const server = dgram.createSocket({ type: ipv6Only ? "udp6" : "udp4", ipv6Only });
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once("error", reject);
    server.bind({ address, port: this.#hostPort, exclusive: true }, resolve);
    try {
      await promise;
    } catch (error) {
      server.close();
      throw error;
    }
    server.off("error", reject);
    // A client that has gone is told of by ICMP: of one datagram's end, not of the port's.
    server.on("error", () => undefined);
    server.on("message", (data, { address: from, port }) => this.#toGuest(data, from, port));
    server.unref();
    this.#server = server;
    this.#hostPort = server.address().port;
    const { udpIdleMs } = this.#options.limits;
    this.#sweep = setInterval(() => this.#forget(this.#now() - udpIdleMs), udpIdleMs / 4).unref();
  }

  async unbind(): Promise<void> {
    if (this.#sweep !== null) clearInterval(this.#sweep);
    this.#sweep = null;
    const server = this.#server;
    this.#server = null;
    if (server !== null) await new Promise<void>((resolve) => server.close(resolve));
  }

  async close(): Promise<void> {
    this.#forgetAll();
    await this.unbind();
  }

  #toGuest(data: Buffer, from: string, port: number): void {
    const client = `${from}|${port}`;
    const flow = this.#flows.get(client) ?? this.#open(client, from, port);
    if (flow === null) return;
    this.#touch(client, flow);
    if (flow.early === null) return void sendTo(flow.socket, data);
    const waiting = flow.early.reduce((bytes, each) => bytes + each.length, 0);
    if (waiting + data.length <= QUEUE_BYTES) flow.early.push(data);
  }

  #open(client: string, from: string, port: number): Flow | null {
    const { address, budget, limits } = this.#options;
    // As a router does: whoever was idle longest makes room.
    if (this.#flows.size >= limits.perPort) this.#forgetOldest();
    let release = budget.take();
    if (release === null && this.#forgetOldest()) release = budget.take();
    if (release === null) return null;
    const socket = dgram.createSocket("udp4").unref();
    const flow: Flow = { socket, release, early: [], lastUsed: this.#now() };
    this.#flows.set(client, flow);
    // A guest that does not listen says so by ICMP; it may later.
    socket.on("error", () => undefined);
    socket.on("message", (data) => {
      this.#touch(client, flow);
      if (this.#server !== null) sendTo(this.#server, data, port, from);
    });
    socket.connect(this.#guestPort, address, () => {
      const early = flow.early ?? [];
      flow.early = null;
      for (const data of early) sendTo(socket, data);
    });
    return flow;
  }

  #touch(client: string, flow: Flow): void {
    if (this.#flows.get(client) !== flow) return;
    flow.lastUsed = this.#now();
    this.#flows.delete(client);
    this.#flows.set(client, flow);
  }

  #forgetOldest(): boolean {
    const [oldest] = this.#flows.keys();
    if (oldest === undefined) return false;
    this.#drop(oldest);
    return true;
  }

  /** Those that nobody has used since then. */
  #forget(since: number): void {
    for (const [client, { lastUsed }] of this.#flows) {
      if (lastUsed > since) return;
      this.#drop(client);
    }
  }

  #forgetAll(): void {
    for (const client of [...this.#flows.keys()]) this.#drop(client);
  }

  #drop(client: string): void {
    const flow = this.#flows.get(client);
    if (flow === undefined) return;
    this.#flows.delete(client);
    flow.socket.close();
    flow.release();
  }
}

function sendTo(socket: Socket, data: Buffer, ...to: [] | [number, string]): void {
  if (socket.getSendQueueSize() + data.length > QUEUE_BYTES) return;
  const done = () => undefined;
  try {
    if (to.length === 0) socket.send(data, done);
    else socket.send(data, ...to, done);
  } catch {
    // Not connected: the guest's address went away.
  }
}
