import http2, { type ClientHttp2Session, type ClientHttp2Stream } from "node:http2";
import type { Duplex, Readable } from "node:stream";
import type { ErrorBody, OperationEvent } from "../domain/operation.ts";
import { type BuildInfo, buildTag } from "../shared/build-info.ts";
import { fromErrorBody } from "../shared/error-body.ts";
import { cancelWith, unlessAborted } from "./client-abort.ts";
import { commandLost, daemonLost, daemonStopping, isRefusal } from "./client-errors.ts";
import { type Lost, ready, textOf } from "./client-reply.ts";
import { openSocket } from "./client-socket.ts";
import { ClientStream } from "./client-stream.ts";
import type { MethodName, MethodParams, MethodResults } from "./contract.ts";
import { lines } from "./lines.ts";
import { BUILD_HEADER, SESSION_MEMORY_MB, SESSION_WINDOW_BYTES, SETTINGS } from "./wire.ts";

/** What every call of the client takes. */
export interface CallOptions {
  /** Gives up waiting; what the daemon has begun goes on (cancel an operation with `operation.cancel`). */
  readonly signal?: AbortSignal | undefined;
}

/**
 * The daemon's client, for the CLI and the library (LIB-2): one HTTP/2 connection over the daemon's Unix socket. What the daemon
 * refuses is thrown as a BangerError with the daemon's code; a lost connection is ERR_DAEMON_LOST.
 */
export class RpcClient implements AsyncDisposable {
  readonly #session: ClientHttp2Session;
  readonly #build: string;
  #served = false;
  #greeted = false;
  /** Resolves when the connection has ended, however. */
  readonly closed: Promise<void>;

  private constructor(session: ClientHttp2Session, build: string) {
    this.#session = session;
    this.#build = build;
    // Every stream of a lost connection closes, and says so to whoever waits on it.
    session.on("error", () => undefined);
    this.closed = new Promise((resolve) => session.once("close", () => resolve()));
    session.once("remoteSettings", () => {
      this.#greeted = true;
    });
  }

  /** Throws ERR_DAEMON_NOT_RUNNING, ERR_NOT_ROOT (the socket is another user's), ERR_DAEMON_UNREACHABLE. */
  static async connect(socketPath: string, options: { build: BuildInfo }): Promise<RpcClient> {
    const socket = await openSocket(socketPath);
    const session = http2.connect("http://bangerd", {
      createConnection: () => socket,
      settings: SETTINGS,
      maxSessionMemory: SESSION_MEMORY_MB,
    });
    session.once("connect", () => {
      // It may have been closed at once.
      if (!session.destroyed) session.setLocalWindowSize(SESSION_WINDOW_BYTES);
    });
    return new RpcClient(session, buildTag(options.build));
  }

  /** Whether this daemon has done anything for us: what it refuses then is not simply asked of the next one, all over. */
  get served(): boolean {
    return this.#served;
  }

  /** Whether the daemon has said anything at all. It greets before it takes a call: without that, nothing was begun. */
  get greeted(): boolean {
    return this.#greeted;
  }

  /** One call of the contract. */
  async call<M extends MethodName>(
    method: M,
    params: MethodParams<M>,
    options: CallOptions = {},
  ): Promise<MethodResults[M]> {
    const stream = this.#request("POST", "/rpc", options.signal, daemonLost);
    stream.end(JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }));
    await ready(stream, daemonLost);
    const reply = JSON.parse(await textOf(stream, daemonLost)) as {
      result: MethodResults[M];
      error?: { data: ErrorBody };
    };
    if (reply.error !== undefined) throw fromErrorBody(reply.error.data);
    this.#served ||= !method.startsWith("daemon.");
    return reply.result;
  }

  /** The events of an operation from its first on; ends after `done` or `failed`. Leaving the loop does not cancel it. */
  async *watch(operationId: string, options: CallOptions = {}): AsyncGenerator<OperationEvent> {
    const path = `/operations/${encodeURIComponent(operationId)}/events`;
    const stream = this.#request("POST", path, options.signal, daemonLost);
    stream.end();
    await ready(stream, daemonLost);
    this.#served = true;
    for await (const line of lines(stream, unlessAborted(daemonLost))) {
      const event = JSON.parse(line) as OperationEvent;
      yield event;
      if (event.type === "done" || event.type === "failed") return;
    }
    throw daemonLost();
  }

  /** The raw exec stream of a VM (docs/guest-protocol.md), once the guest's is open. Destroying it, or the signal, hangs the command up. */
  async exec(ref: string, options: CallOptions & { wait?: "agent" | "system" } = {}): Promise<Duplex> {
    return this.#bytes(
      "POST",
      `/vms/${encodeURIComponent(ref)}/exec?wait=${options.wait ?? "agent"}`,
      commandLost,
      options,
    );
  }

  /** The same over an SSH session as `user`. */
  async ssh(
    ref: string,
    user: string,
    options: CallOptions & { wait?: "agent" | "system" } = {},
  ): Promise<Duplex> {
    const query = new URLSearchParams({ wait: options.wait ?? "agent", user });
    return this.#bytes("POST", `/vms/${encodeURIComponent(ref)}/ssh?${query}`, commandLost, options);
  }

  /** The bytes of a connection to the guest's sshd, whatever its network: for a client that speaks SSH itself (SSH-2). */
  async sshd(ref: string, options: CallOptions = {}): Promise<Duplex> {
    return this.#bytes("POST", `/vms/${encodeURIComponent(ref)}/sshd`, commandLost, options);
  }

  /**
   * The workspace of a VM for this client alone: resolves when its turn has come, and gives it back when the stream is destroyed or the
   * connection ends (WS-4). A stop or a delete of the VM does not wait for it. ERR_VM_NOT_RUNNING.
   */
  async workspace(ref: string, options: CallOptions = {}): Promise<Duplex> {
    const stream = await this.#bytes(
      "POST",
      `/vms/${encodeURIComponent(ref)}/workspace`,
      daemonLost,
      options,
    );
    // It ends when we say so; an earlier end shows in the command that is under way.
    stream.on("error", () => undefined);
    return stream;
  }

  /** The guest's console: what is there (or its last lines), and with `follow` what comes, until the VM is deleted. */
  async logs(
    ref: string,
    options: CallOptions & { follow?: boolean; tailLines?: number } = {},
  ): Promise<Readable> {
    const tail = options.tailLines === undefined ? "" : `&tail=${options.tailLines}`;
    const path = `/vms/${encodeURIComponent(ref)}/logs?follow=${options.follow === true ? 1 : 0}${tail}`;
    return this.#bytes("GET", path, daemonLost, options);
  }

  /** Ends the connection now; whatever is open on it is hung up. */
  async close(): Promise<void> {
    this.#session.destroy();
    await this.closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #bytes(
    verb: "GET" | "POST",
    path: string,
    lost: Lost,
    { signal }: CallOptions,
  ): Promise<ClientStream> {
    const stream = this.#request(verb, path, signal, lost);
    await ready(stream, lost);
    this.#served = true;
    return new ClientStream(stream, unlessAborted(lost));
  }

  #request(
    verb: "GET" | "POST",
    path: string,
    signal: AbortSignal | undefined,
    lost: Lost,
  ): ClientHttp2Stream {
    signal?.throwIfAborted();
    try {
      const stream = this.#session.request(
        { ":method": verb, ":path": path, [BUILD_HEADER]: this.#build },
        { endStream: verb === "GET" },
      );
      stream.on("error", () => undefined);
      if (signal !== undefined) cancelWith(stream, signal);
      return stream;
    } catch (cause) {
      throw isRefusal(cause, undefined) ? daemonStopping(cause) : lost(cause);
    }
  }
}
