import http2, { type ClientHttp2Session, type ClientHttp2Stream } from "node:http2";
import type { Duplex } from "node:stream";
import type { z } from "zod";
import type { GuestAgent, GuestHealth } from "../../domain/guest.ts";
import type { GuestPorts } from "../../domain/guest-ports.ts";
import { BangerError } from "../../shared/errors.ts";
import { openTcp, tooOld } from "./open-tcp.ts";
import { badReply, bounded, lost, parseJson, replyError } from "./read-reply.ts";
import { healthReply, PROTOCOL_VERSION, portsReply } from "./replies.ts";
import { connectSocket, resetPipe } from "./reset-pipe.ts";

/** What one stream may send before its reader has taken any of it; with 16 of them the connection is full. */
const STREAM_WINDOW_BYTES = 1024 ** 2;
const CONNECTION_WINDOW_BYTES = 16 * 1024 ** 2;
/** Room for a whole exec frame of 64 KiB in one DATA frame: most of the bulk speed. */
const MAX_HTTP_FRAME_BYTES = 128 * 1024;
/** Node's limit on what a session may hold, in MB: above the window, or a slow reader would look like an attack. */
const SESSION_MEMORY_MB = 64;

export type ConnectAgent = ({ readonly duplex: Duplex } | { readonly socketPath: string }) & {
  /** Set for a pipe without connections (a virtio-serial port): the reset handshake comes first. Null where each connection is new (vsock). */
  readonly bootToken: string | null;
  /** Ends the wait for a guest that is not up. */
  readonly signal?: AbortSignal;
  /** Nanoseconds since 1970; the host's clock. */
  readonly now?: () => bigint;
};

/**
 * Connects to a guest's agent, waiting for the guest if need be.
 * @throws BangerError ERR_AGENT_LOST when the pipe ends (the VMM died); the signal's reason.
 */
export async function connectAgent(options: ConnectAgent): Promise<AgentClient> {
  const { bootToken, signal, now = () => BigInt(Date.now()) * 1_000_000n } = options;
  const pipe = "duplex" in options ? options.duplex : await connectSocket(options.socketPath, signal);
  try {
    if (bootToken !== null) await resetPipe(pipe, bootToken, signal);
    return new AgentClient(pipe, now, { hasAnswered: bootToken !== null });
  } catch (error) {
    pipe.destroy();
    throw error;
  }
}

/** The agent of one running guest: one HTTP/2 connection. Every call takes an AbortSignal as its time limit. */
export class AgentClient implements GuestAgent {
  readonly closed: Promise<void>;
  readonly hasAnswered: boolean;
  readonly #session: ClientHttp2Session;
  readonly #now: () => bigint;
  #features: readonly string[] | null = null;

  constructor(pipe: Duplex, now: () => bigint, { hasAnswered = false }: { hasAnswered?: boolean } = {}) {
    this.#now = now;
    this.hasAnswered = hasAnswered;
    this.#session = http2.connect("http://banger-agent", {
      createConnection: () => pipe,
      maxSessionMemory: SESSION_MEMORY_MB,
      settings: {
        enablePush: false,
        initialWindowSize: STREAM_WINDOW_BYTES,
        maxFrameSize: MAX_HTTP_FRAME_BYTES,
      },
    });
    this.#session.once("connect", () => {
      // The pipe may have ended in the same turn; a destroyed session throws, and nobody would catch it here.
      if (!this.#session.destroyed) this.#session.setLocalWindowSize(CONNECTION_WINDOW_BYTES);
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    // Its streams get the error, too; `closed` tells whoever has none.
    this.#session.on("error", () => undefined);
    this.#session.once("close", resolve);
    // HTTP/2 ends in the middle of nothing when the VMM dies: the streams must not wait for a GOAWAY.
    pipe.once("close", () => this.#session.destroy());
  }

  /** @throws BangerError ERR_AGENT_PROTOCOL_VERSION when the agent's build speaks another version; ERR_AGENT_LOST. */
  async health(signal?: AbortSignal): Promise<GuestHealth> {
    const health = await this.#json("GET", "/healthz", null, healthReply, signal);
    if (health.protocol !== PROTOCOL_VERSION) {
      throw new BangerError(
        "ERR_AGENT_PROTOCOL_VERSION",
        `the VM's agent (banger ${health.build.version}) speaks version ${health.protocol} of the guest protocol, this banger version ${PROTOCOL_VERSION}`,
        { next: "restart the VM: it then gets this build's agent" },
      );
    }
    this.#features = health.features;
    return health;
  }

  /** Sets the guest's clock to the host's (CLOCK_REALTIME). */
  async setClock(signal?: AbortSignal): Promise<void> {
    await this.#request("PUT", "/clock", { unixNanoseconds: String(this.#now()) }, signal);
  }

  /** Asks the guest's init to power off; resolves when it has been asked. */
  async shutdown(signal?: AbortSignal): Promise<void> {
    await this.#request("POST", "/shutdown", { mode: "poweroff" }, signal);
  }

  /** sync(2) in the guest. */
  async sync(signal?: AbortSignal): Promise<void> {
    await this.#request("POST", "/sync", null, signal);
  }

  /** Sockets that listen (TCP) or are bound (UDP) in the guest, with their processes. */
  ports(signal?: AbortSignal): Promise<GuestPorts> {
    return this.#json("GET", "/ports", null, portsReply, signal);
  }

  /** A raw exec stream. Closing it before EXIT hangs the command up; an error of it means that the connection was lost. */
  openExec(): ClientHttp2Stream {
    if (this.#session.destroyed || this.#session.closed) throw lost();
    return this.#session.request({ ":method": "POST", ":path": "/exec" }, { endStream: false });
  }

  /** A connection to a port of the guest's loopback address, once it is there. ERR_TCP_REFUSED; see {@link openTcp}. */
  async openTcp(port: number, signal?: AbortSignal): Promise<ClientHttp2Stream> {
    if (this.#features === null) await this.health(signal);
    if (this.#features?.includes("tcp") !== true) throw tooOld();
    return openTcp(this.#session, port, signal);
  }

  close(): void {
    this.#session.destroy();
  }

  async #json<T extends z.ZodType>(
    method: string,
    path: string,
    body: object | null,
    schema: T,
    signal?: AbortSignal,
  ): Promise<z.infer<T>> {
    const reply = await this.#request(method, path, body, signal);
    const parsed = schema.safeParse(parseJson(reply));
    if (!parsed.success)
      throw badReply(`the guest's agent gave an unexpected answer to ${path}`, parsed.error);
    return parsed.data;
  }

  /** The body of a 2xx reply. */
  async #request(method: string, path: string, body: object | null, signal?: AbortSignal): Promise<Buffer> {
    signal?.throwIfAborted();
    if (this.#session.destroyed || this.#session.closed) throw lost();
    const stream = this.#session.request(
      { ":method": method, ":path": path, "content-type": "application/json" },
      { endStream: body === null, ...(signal && { signal }) },
    );
    let status = 0;
    stream.once("response", (headers) => {
      status = headers[":status"] ?? 0;
    });
    if (body !== null) stream.end(JSON.stringify(body));
    let reply: Buffer;
    try {
      reply = await bounded(stream, path);
    } catch (cause) {
      signal?.throwIfAborted();
      throw cause instanceof BangerError ? cause : lost(cause);
    }
    if (status >= 200 && status < 300) return reply;
    // A connection that goes away ends its streams as if they were complete, but without headers.
    if (status === 0) throw lost();
    throw replyError(reply, path, status);
  }
}
