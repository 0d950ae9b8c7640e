import { once } from "node:events";
import type { ServerHttp2Stream } from "node:http2";
import type { Duplex, Readable } from "node:stream";
import type { OperationEvent } from "../domain/operation.ts";
import { BangerError } from "../shared/errors.ts";
import type { ClientConnection } from "./connection.ts";
import { reset, sendSource, splice } from "./splice.ts";

/** What the daemon streams beside its calls. A rejection before the stream is there is the client's error. */
export interface Streams {
  /** From the operation's first event until it ended. ERR_OPERATION_NOT_FOUND. */
  operationEvents(id: string, client: ClientConnection): AsyncIterable<OperationEvent>;
  /** The guest's exec stream; `signal` is aborted when the client goes before it is there. */
  exec(
    ref: string,
    options: { wait: "agent" | "system"; signal: AbortSignal },
    client: ClientConnection,
  ): Promise<Duplex>;
  /** The same over an SSH session as `user`. */
  ssh(
    ref: string,
    options: { wait: "agent" | "system"; user: string; signal: AbortSignal },
    client: ClientConnection,
  ): Promise<Duplex>;
  /** The bytes of a connection to the guest's sshd, for a client that speaks SSH itself. */
  sshd(
    ref: string,
    options: { wait: "agent" | "system"; signal: AbortSignal },
    client: ClientConnection,
  ): Promise<Duplex>;
  /** Opens when the VM's workspace is the client's alone; carries nothing, and gives it back when it closes (WS-4). */
  workspace(ref: string, options: { signal: AbortSignal }): Promise<Readable>;
  /** The console log, whole or its last lines; `signal` is aborted when the client goes. */
  logs(
    ref: string,
    options: { follow: boolean; tailLines: number | null; signal: AbortSignal },
  ): Promise<Readable>;
}

export async function sendEvents(
  stream: ServerHttp2Stream,
  streams: Streams,
  id: string,
  client: ClientConnection,
): Promise<void> {
  const iterator = streams.operationEvents(id, client)[Symbol.asyncIterator]();
  const gone = once(stream, "close").then(() => ({ done: true, value: undefined }) as const);
  // A stream that fails before its close would reject `once`; the close is all that matters here.
  gone.catch(() => undefined);
  stream.resume();
  const next = () =>
    Promise.race([iterator.next(), gone.catch(() => ({ done: true, value: undefined }) as const)]);
  try {
    let step = await next();
    if (!stream.destroyed) stream.respond({ ":status": 200, "content-type": "application/x-ndjson" });
    for (; step.done !== true && !stream.destroyed; step = await next()) {
      if (!stream.write(`${JSON.stringify(step.value)}\n`)) await Promise.race([drained(stream), gone]);
    }
    if (!stream.destroyed) stream.end();
  } finally {
    // Not waited for: an iterator that is busy ends only with its next event.
    iterator.return?.().catch(() => undefined);
  }
}

function drained(stream: ServerHttp2Stream): Promise<unknown> {
  return once(stream, "drain").catch(() => undefined);
}

export async function sendExec(
  stream: ServerHttp2Stream,
  streams: Streams,
  ref: string,
  query: URLSearchParams,
  client: ClientConnection,
): Promise<void> {
  passOn(stream, await streams.exec(ref, waitOf(stream, query), client));
}

export async function sendSsh(
  stream: ServerHttp2Stream,
  streams: Streams,
  ref: string,
  query: URLSearchParams,
  client: ClientConnection,
): Promise<void> {
  const user = query.get("user") ?? "root";
  passOn(stream, await streams.ssh(ref, { user, ...waitOf(stream, query) }, client));
}

export async function sendSshd(
  stream: ServerHttp2Stream,
  streams: Streams,
  ref: string,
  query: URLSearchParams,
  client: ClientConnection,
): Promise<void> {
  passOn(stream, await streams.sshd(ref, waitOf(stream, query), client));
}

export async function sendWorkspace(stream: ServerHttp2Stream, streams: Streams, ref: string): Promise<void> {
  const held = await streams.workspace(ref, { signal: signalOf(stream) });
  if (stream.destroyed || stream.closed) return void held.destroy();
  stream.resume();
  sendSource(stream, held);
}

function passOn(stream: ServerHttp2Stream, guest: Duplex): void {
  if (stream.destroyed || stream.closed) {
    guest.on("error", () => undefined);
    reset(guest);
    return;
  }
  splice(stream, guest);
}

export async function sendLogs(
  stream: ServerHttp2Stream,
  streams: Streams,
  ref: string,
  query: URLSearchParams,
  stopping: AbortSignal,
): Promise<void> {
  const follow = oneOf(query, "follow", ["0", "1"] as const) === "1";
  const tailLines = countOf(query, "tail");
  // A source that waits for more lets nobody end it but by its signal.
  const signal = AbortSignal.any([signalOf(stream), stopping]);
  const log = await streams.logs(ref, { follow, tailLines, signal });
  if (stream.destroyed || stream.closed) return void log.destroy();
  stream.resume();
  sendSource(stream, log);
  // Without a word the end would be that of the log: the daemon goes, the VM goes on.
  const onStopping = () => log.destroy(daemonStopped(ref));
  stopping.addEventListener("abort", onStopping);
  log.once("close", () => stopping.removeEventListener("abort", onStopping));
  if (stopping.aborted) onStopping();
}

function daemonStopped(ref: string): BangerError {
  return new BangerError(
    "ERR_DAEMON_STOPPED",
    "the daemon was stopped, and the console is not followed any more",
    {
      next: `the VM's console goes on: \`banger vm logs -f ${ref}\` starts a daemon again`,
    },
  );
}

function oneOf<const T extends readonly [string, ...string[]]>(
  query: URLSearchParams,
  key: string,
  values: T,
): T[number] {
  const value = query.get(key) ?? values[0];
  if (values.includes(value)) return value;
  throw new BangerError("ERR_BAD_REQUEST", `${key} is one of ${values.join(", ")}`);
}

function waitOf(stream: ServerHttp2Stream, query: URLSearchParams) {
  const wait = oneOf(query, "wait", ["agent", "system"] as const);
  return { wait, signal: signalOf(stream) };
}

function countOf(query: URLSearchParams, key: string): number | null {
  const value = query.get(key);
  if (value === null) return null;
  if (/^\d{1,9}$/.test(value)) return Number(value);
  throw new BangerError("ERR_BAD_REQUEST", `${key} is a whole number`);
}

/** Aborted when the stream has closed. */
function signalOf(stream: ServerHttp2Stream): AbortSignal {
  const controller = new AbortController();
  if (stream.destroyed) controller.abort();
  else stream.once("close", () => controller.abort());
  return controller.signal;
}
