import net, { type Server, type Socket } from "node:net";
import type { Listener, ListenerOptions } from "./listener.ts";

/** After how long without a byte the kernel asks whether the other end is still there, in milliseconds. */
const KEEP_ALIVE_MS = 60_000;
/** Connections that wait in the kernel to be taken; it takes no more than net.core.somaxconn. */
const BACKLOG = 4096;

/** A TCP port: each connection to it becomes one to the guest; bytes, ends and resets are passed on both ways. */
export class TcpListener implements Listener {
  guestPort: number;
  readonly #options: ListenerOptions;
  readonly #sockets = new Set<Socket>();
  #server: Server | null = null;
  #hostPort: number;
  #connections = 0;
  #isFull = false;

  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#hostPort = options.port.hostPort;
    this.guestPort = options.port.guestPort;
  }

  get hostPort(): number {
    return this.#hostPort;
  }

  async bind(): Promise<void> {
    // Paused, so that what a client sends waits in the kernel until the guest has taken the connection.
    const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true, noDelay: true });
    const { hostAddress: host } = this.#options.port;
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once("error", reject);
    const ipv6Only = host.includes(":");
    server.listen({ host, port: this.#hostPort, ipv6Only, exclusive: true, backlog: BACKLOG }, resolve);
    await promise;
    server.off("error", reject);
    server.on("error", (err) =>
      this.#options.logger.warn({ err, port: this.#options.port }, "a published port"),
    );
    server.on("connection", (client) => this.#connect(client));
    // A port that somebody published keeps no daemon alive by itself.
    server.unref();
    this.#server = server;
    this.#hostPort = (server.address() as net.AddressInfo).port;
  }

  async unbind(): Promise<void> {
    // The port is free at once; the callback would wait for the connections.
    this.#server?.close();
    this.#server = null;
  }

  async close(): Promise<void> {
    await this.unbind();
    for (const socket of this.#sockets) socket.resetAndDestroy();
  }

  #connect(client: Socket): void {
    const { budget, limits, address } = this.#options;
    const release = this.#connections < limits.perPort ? budget.take() : null;
    this.#sayWhenFull(release === null);
    client.on("error", () => undefined);
    if (release === null) return void client.resetAndDestroy();
    this.#connections += 1;
    const guest = net.connect({ host: address, port: this.guestPort, allowHalfOpen: true, noDelay: true });
    const late = setTimeout(() => guest.destroy(new Error("the guest took no connection")), limits.connectMs);
    guest.once("connect", () => {
      clearTimeout(late);
      client.pipe(guest);
      guest.pipe(client);
    });
    let open = 2;
    for (const [one, other] of [
      [client, guest],
      [guest, client],
    ] as const) {
      this.#sockets.add(one);
      one.setKeepAlive(true, KEEP_ALIVE_MS);
      // Whatever ended it otherwise than in order, the other end learns as a reset: half of an answer must not look whole.
      one.on("error", () => other.resetAndDestroy());
      one.once("close", () => {
        clearTimeout(late);
        this.#sockets.delete(one);
        open -= 1;
        if (open > 0) return;
        this.#connections -= 1;
        release();
      });
    }
  }

  #sayWhenFull(isFull: boolean): void {
    if (isFull && !this.#isFull) {
      this.#options.logger.warn(
        { port: this.#options.port },
        "a published port has no room for more connections",
      );
    }
    this.#isFull = isFull;
  }
}
