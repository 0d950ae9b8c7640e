import dgram from "node:dgram";
import { once } from "node:events";
import net from "node:net";
import { framed } from "./clients.ts";

export interface Heard {
  readonly message: Buffer;
  readonly transport: "udp" | "tcp";
  /** The source port of the question. */
  readonly port: number;
  /** Sends something back: whatever, whenever, as often as it likes. */
  reply(message: Uint8Array): void;
}

/** A resolver that says what a test wants it to say, on one port by UDP and TCP. */
export class Upstream implements AsyncDisposable {
  readonly heard: Heard[] = [];
  onQuestion: (heard: Heard) => void = () => undefined;
  readonly #udp = dgram.createSocket("udp4");
  readonly #tcp = net.createServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (chunk: Buffer) => {
      const port = socket.remotePort ?? 0;
      const reply = (message: Uint8Array) => void socket.write(framed(message));
      this.#hear({ message: chunk.subarray(2), transport: "tcp", port, reply });
    });
  });

  static async open(): Promise<Upstream> {
    const upstream = new Upstream();
    upstream.#tcp.listen(0, "127.0.0.1");
    await once(upstream.#tcp, "listening");
    upstream.#udp.bind(upstream.server.port, "127.0.0.1");
    await once(upstream.#udp, "listening");
    upstream.#udp.on("message", (message, { port, address }) => {
      const reply = (answer: Uint8Array) => upstream.#udp.send(answer, port, address, () => undefined);
      upstream.#hear({ message, transport: "udp", port, reply });
    });
    return upstream;
  }

  get server(): { address: string; port: number } {
    return { address: "127.0.0.1", port: (this.#tcp.address() as net.AddressInfo).port };
  }

  #hear(heard: Heard): void {
    this.heard.push(heard);
    this.onQuestion(heard);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#udp.close();
    this.#tcp.close();
    await Promise.all([once(this.#udp, "close"), once(this.#tcp, "close")]);
  }
}
