import dgram from "node:dgram";
import { once } from "node:events";
import net from "node:net";

export interface Where {
  readonly address: string;
  readonly port: number;
}

/** A connected UDP socket with what comes in. */
export class UdpClient implements AsyncDisposable {
  readonly #socket: dgram.Socket;
  onMessage: (message: Buffer) => void = () => undefined;

  private constructor(socket: dgram.Socket) {
    this.#socket = socket;
    socket.on("message", (message) => this.onMessage(message));
    socket.on("error", () => undefined);
  }

  static async open({ address, port }: Where, from?: string): Promise<UdpClient> {
    const socket = dgram.createSocket("udp4");
    if (from !== undefined) {
      socket.bind({ address: from });
      await once(socket, "listening");
    }
    socket.connect(port, address);
    await once(socket, "connect");
    return new UdpClient(socket);
  }

  send(message: Uint8Array): void {
    this.#socket.send(message, () => undefined);
  }

  /** One question, one answer. */
  ask(message: Uint8Array): Promise<Buffer> {
    return new Promise((resolve) => {
      this.onMessage = resolve;
      this.send(message);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.#socket, "close");
    this.#socket.close();
    await closed;
  }
}

/** With its length before it. */
export function framed(message: Uint8Array): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}

/** A TCP connection, the messages that come on it, and its end. */
export class TcpClient {
  readonly socket: net.Socket;
  readonly messages: Buffer[] = [];
  readonly ended: Promise<void>;
  #pending: Buffer = Buffer.alloc(0);
  #wake = Promise.withResolvers<void>();

  private constructor(socket: net.Socket) {
    this.socket = socket;
    this.ended = new Promise((resolve) => socket.once("close", () => resolve()));
    socket.on("error", () => undefined);
    socket.on("end", () => socket.end());
    socket.on("data", (chunk: Buffer) => {
      this.#pending = Buffer.concat([this.#pending, chunk]);
      while (this.#pending.length >= 2) {
        const end = 2 + this.#pending.readUInt16BE(0);
        if (this.#pending.length < end) break;
        this.messages.push(this.#pending.subarray(2, end));
        this.#pending = this.#pending.subarray(end);
      }
      this.#wake.resolve();
      this.#wake = Promise.withResolvers();
    });
  }

  static async open({ address, port }: Where): Promise<TcpClient> {
    const socket = net.connect({ host: address, port, allowHalfOpen: true });
    await once(socket, "connect");
    return new TcpClient(socket);
  }

  /** Waits until there are so many; rejects when the connection ends before. */
  async until(count: number): Promise<Buffer[]> {
    const ended = this.ended.then(() => "ended" as const);
    while (this.messages.length < count) {
      const what = await Promise.race([this.#wake.promise, ended]);
      if (what === "ended" && this.messages.length < count)
        throw new Error("the server ended the connection");
    }
    return this.messages;
  }
}
