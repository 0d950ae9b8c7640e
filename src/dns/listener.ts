import dgram from "node:dgram";
import { once } from "node:events";
import type net from "node:net";
import type { Logger } from "../shared/logger.ts";
import type { Respond } from "./responder.ts";
import { type TcpLimits, tcpServer } from "./tcp.ts";

/** Bytes of answers that the kernel has not taken yet, beyond which datagrams get none: UDP may lose them anyway. */
const SEND_QUEUE_MAX_BYTES = 2 ** 20;
/** A burst of small questions: more than most kernels' default holds. */
const RECEIVE_BUFFER_BYTES = 2 ** 20;

const TCP_LIMITS: TcpLimits = {
  connections: 256,
  connectionsPerSource: 256,
  pipelined: 32,
  idleMs: 10_000,
};

export interface ListenerOptions {
  /** IPv4. */
  readonly address: string;
  /** 0: any that is free for both. */
  readonly port: number;
  readonly respond: Respond;
  readonly logger: Logger;
  readonly tcp?: Partial<TcpLimits>;
}

/** One address and port, by UDP and TCP. */
export class DnsListener {
  readonly address: string;
  readonly port: number;
  readonly #udp: dgram.Socket;
  readonly #tcp: ReturnType<typeof tcpServer>;

  private constructor(address: string, port: number, udp: dgram.Socket, tcp: ReturnType<typeof tcpServer>) {
    this.address = address;
    this.port = port;
    this.#udp = udp;
    this.#tcp = tcp;
  }

  /** Rejects with the system's error (EADDRINUSE, EADDRNOTAVAIL, EACCES); nothing is left open then. */
  static async open({ address, port, respond, logger, tcp }: ListenerOptions): Promise<DnsListener> {
    const stream = tcpServer(respond, { ...TCP_LIMITS, ...tcp });
    stream.server.listen({ host: address, port });
    await once(stream.server, "listening");
    const bound = (stream.server.address() as net.AddressInfo).port;
    const udp = dgram.createSocket({ type: "udp4", recvBufferSize: RECEIVE_BUFFER_BYTES });
    try {
      udp.bind({ address, port: bound });
      await once(udp, "listening");
    } catch (error) {
      udp.close();
      stream.server.close();
      throw error;
    }
    udp.on("error", (err) => logger.warn({ err, address, port: bound }, "DNS: the UDP socket failed"));
    stream.server.on("error", (err) =>
      logger.warn({ err, address, port: bound }, "DNS: the TCP socket failed"),
    );
    udp.on("message", (bytes, from) => void answerDatagram(udp, respond, bytes, from));
    return new DnsListener(address, bound, udp, stream);
  }

  get at(): string {
    return `${this.address}:${this.port}`;
  }

  /** Open connections end at once: a client asks again, or elsewhere. */
  async close(): Promise<void> {
    const closed = Promise.all([once(this.#udp, "close"), once(this.#tcp.server, "close")]);
    this.#udp.close();
    this.#tcp.server.close();
    this.#tcp.destroyAll();
    await closed;
  }
}

async function answerDatagram(
  socket: dgram.Socket,
  respond: Respond,
  bytes: Buffer,
  { address, port }: dgram.RemoteInfo,
): Promise<void> {
  const reply = await respond(bytes, { address, transport: "udp" });
  if (reply === null || port === 0) return;
  try {
    if (socket.getSendQueueSize() > SEND_QUEUE_MAX_BYTES) return;
    // Errors are the client's (its link has gone, say), who asks again.
    socket.send(reply, port, address, () => undefined);
  } catch {
    // Closed meanwhile.
  }
}
