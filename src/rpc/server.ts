import { setMaxListeners } from "node:events";
import http2, { type IncomingHttpHeaders, type ServerHttp2Session, type ServerHttp2Stream } from "node:http2";
import net from "node:net";
import { type BuildInfo, buildTag } from "../shared/build-info.ts";
import { EagerSocket } from "../shared/eager-socket.ts";
import { toErrorBody } from "../shared/error-body.ts";
import { BangerError } from "../shared/errors.ts";
import type { Logger } from "../shared/logger.ts";
import { type ClientConnection, connectionOf } from "./connection.ts";
import { answer, type Handlers, readCall } from "./json-rpc.ts";
import { readBody, sendError, sendJson, type Target, targetOf } from "./replies.ts";
import { type Streams, sendEvents, sendExec, sendLogs, sendSsh, sendSshd, sendWorkspace } from "./streams.ts";
import { BUILD_HEADER, SESSION_MEMORY_MB, SESSION_WINDOW_BYTES, SETTINGS } from "./wire.ts";

export interface RpcServerOptions {
  readonly handlers: Handlers;
  readonly streams: Streams;
  readonly build: BuildInfo;
  /** Whether an operation is in flight: a client of another build leaves such a daemon alone. */
  readonly isBusy: () => boolean;
  readonly logger: Logger;
}

export interface RpcServer {
  /** Not listening yet: where it listens is the daemon's business. */
  readonly listener: net.Server;
  /** From now on only `daemon.*`, `operation.cancel` and the streams of operations are served; all else is ERR_DAEMON_STOPPING. */
  drain(): void;
  /** Stops listening and ends every connection: those with streams open after `graceMs`. */
  close(graceMs?: number): Promise<void>;
}

/** The daemon's side of the contract (contract.ts). Whatever a client does, nothing is thrown into the process. */
export function createRpcServer(options: RpcServerOptions): RpcServer {
  const { logger } = options;
  const http = http2.createServer({ settings: SETTINGS, maxSessionMemory: SESSION_MEMORY_MB });
  const listener = net.createServer((socket) => http.emit("connection", new EagerSocket(socket)));
  const connections = new Map<ServerHttp2Session, ClientConnection>();
  const state = { draining: false };
  const closing = new AbortController();
  // Everybody who follows a log listens.
  setMaxListeners(0, closing.signal);

  http.on("session", (session) => {
    connections.set(session, connectionOf(session));
    session.on("error", (err) => logger.debug({ err }, "a connection failed"));
    session.once("close", () => connections.delete(session));
    if (!session.destroyed) session.setLocalWindowSize(SESSION_WINDOW_BYTES);
  });
  http.on("stream", (stream, headers) => {
    stream.on("error", (err) => logger.debug({ err }, "a stream failed"));
    const client = connections.get(stream.session as ServerHttp2Session);
    if (client === undefined) return stream.close(http2.constants.NGHTTP2_REFUSED_STREAM);
    serve(stream, headers, client).catch((error) => {
      report(logger, error);
      sendError(stream, toErrorBody(error));
    });
  });

  async function serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, client: ClientConnection) {
    const target = targetOf(headers);
    const [room, name, leaf] = target.segments;
    const build = headers[BUILD_HEADER];
    if (room === "rpc" && target.segments.length === 1) return await serveCall(stream, target, client, build);
    checkBuild(options, build);
    if (target.segments.length === 3 && name !== undefined && name !== "") {
      if (room === "operations" && leaf === "events" && allowed(target, "POST")) {
        return await sendEvents(stream, options.streams, name, client);
      }
      if (room === "vms") checkDraining(state.draining);
      if (room === "vms" && leaf === "exec" && allowed(target, "POST")) {
        return await sendExec(stream, options.streams, name, target.query, client);
      }
      if (room === "vms" && leaf === "ssh" && allowed(target, "POST")) {
        return await sendSsh(stream, options.streams, name, target.query, client);
      }
      if (room === "vms" && leaf === "sshd" && allowed(target, "POST")) {
        return await sendSshd(stream, options.streams, name, target.query, client);
      }
      if (room === "vms" && leaf === "workspace" && allowed(target, "POST")) {
        return await sendWorkspace(stream, options.streams, name);
      }
      if (room === "vms" && leaf === "logs" && allowed(target, "GET")) {
        return await sendLogs(stream, options.streams, name, target.query, closing.signal);
      }
    }
    throw new BangerError("ERR_PATH_NOT_FOUND", "the daemon serves nothing at this path");
  }

  async function serveCall(
    stream: ServerHttp2Stream,
    target: Target,
    client: ClientConnection,
    build: string | string[] | undefined,
  ) {
    allowed(target, "POST");
    const read = readCall(await readBody(stream));
    if ("refusal" in read) return sendJson(stream, 200, read.refusal);
    const { method } = read.call;
    if (!method.startsWith("daemon.")) {
      checkBuild(options, build);
      if (method !== "operation.cancel") checkDraining(state.draining);
    }
    const began = performance.now();
    const reply = await answer(options.handlers, read.call, client, (error) => report(logger, error, method));
    logger.debug({ method, ms: Math.round((performance.now() - began) * 10) / 10 }, "call answered");
    sendJson(stream, 200, reply);
  }

  return {
    listener,
    drain() {
      state.draining = true;
    },
    async close(graceMs = 0) {
      const closed = listener.listening
        ? new Promise<void>((resolve) => listener.close(() => resolve()))
        : null;
      closing.abort();
      for (const session of connections.keys()) session.close();
      const timer = setTimeout(() => {
        for (const session of connections.keys()) session.destroy();
      }, graceMs);
      await closed;
      clearTimeout(timer);
    },
  };
}

function allowed(target: Target, verb: string): true {
  if (target.verb === verb) return true;
  throw new BangerError("ERR_METHOD_NOT_ALLOWED", `this path takes ${verb}`);
}

function checkDraining(draining: boolean): void {
  if (!draining) return;
  throw new BangerError("ERR_DAEMON_STOPPING", "the daemon is stopping", { next: "try again in a moment" });
}

function checkBuild({ build, isBusy }: RpcServerOptions, theirs: string | string[] | undefined): void {
  const ours = buildTag(build);
  if (theirs === ours) return;
  throw new BangerError(
    "ERR_BUILD_MISMATCH",
    `the daemon is of another build: ${ours}, not ${theirs ?? "told"}`,
    {
      next: "restart it: `banger daemon stop`, then try again",
      details: { busy: isBusy(), daemon: ours, client: theirs ?? null },
    },
  );
}

/** What is not for the person who asked, but for whoever reads the log. */
function report(logger: Logger, err: unknown, method?: string): void {
  if (err instanceof BangerError) logger.info({ method, code: err.code }, err.message);
  else logger.error({ method, err }, "a request failed");
}
