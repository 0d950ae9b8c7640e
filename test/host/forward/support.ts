import dgram from "node:dgram";
import { once } from "node:events";
import net, { type Server, type Socket } from "node:net";
import type { PublishedPort } from "../../../src/domain/published-port.ts";
import { FORWARD_LIMITS, type ForwardLimits } from "../../../src/forward/listener.ts";
import { PortForwarder } from "../../../src/forward/port-forwarder.ts";
import type { Logger } from "../../../src/shared/logger.ts";

/** Loopback's second address stands for the guest's. */
export const GUEST = "127.0.0.2";

export class Bench implements AsyncDisposable {
  readonly forwarder: PortForwarder;
  readonly warnings: string[] = [];
  now = 0;
  readonly #closers: (() => unknown)[] = [];

  constructor(limits: Partial<ForwardLimits> = {}) {
    const nothing = () => undefined;
    const warn: Logger["warn"] = (_, message) => void this.warnings.push(message);
    this.forwarder = new PortForwarder({
      limits: { ...FORWARD_LIMITS, ...limits },
      logger: { debug: nothing, info: nothing, warn, error: nothing },
      now: () => this.now,
    });
  }

  /** A TCP server in the "guest"; its port. */
  async serve(handler: (socket: Socket) => void): Promise<number> {
    const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: false }, (socket) => {
      socket.on("error", () => undefined);
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
      handler(socket);
    });
    const sockets = new Set<Socket>();
    server.listen(0, GUEST);
    await once(server, "listening");
    this.onEnd(() => {
      server.close();
      for (const socket of sockets) socket.destroy();
    });
    return portOf(server);
  }

  /** Publishes ports of the "guest" at free ones; their numbers. */
  async publish(...ports: Partial<PublishedPort>[]): Promise<number[]> {
    const opened = await this.forwarder.open(
      target(),
      ports.map((port) => published(port)),
    );
    return opened.map(({ hostPort }) => hostPort);
  }

  onEnd(close: () => unknown): void {
    this.#closers.push(close);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.forwarder.closeAll();
    for (const close of this.#closers) await close();
  }
}

export function target(name = "web") {
  return { vmId: `id-${name}`, name, address: GUEST };
}

export function published(port: Partial<PublishedPort>): PublishedPort {
  return { protocol: "tcp", hostAddress: "127.0.0.1", hostPort: 0, guestPort: 1, ...port };
}

export function portOf(server: Server): number {
  return (server.address() as net.AddressInfo).port;
}

export function connect(port: number, options: { allowHalfOpen?: boolean } = {}): Socket {
  const socket = net.connect({ port, host: "127.0.0.1", ...options });
  socket.on("error", () => undefined);
  return socket;
}

/** All that comes until the end, or the error's code. */
export async function readAll(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** How a connection ended: `end` in order, or the code of its error. */
export function ending(socket: Socket): Promise<string> {
  return new Promise((resolve) => {
    socket.once("end", () => resolve("end"));
    socket.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    socket.resume();
  });
}

export async function udpSocket(bench: Bench, address: string): Promise<dgram.Socket> {
  const socket = dgram.createSocket("udp4");
  socket.on("error", () => undefined);
  socket.bind(0, address);
  await once(socket, "listening");
  bench.onEnd(() => socket.close());
  return socket;
}

/** Waits for a condition, however long it takes. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
