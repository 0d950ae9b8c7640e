import { mkdtemp, rm } from "node:fs/promises";
import http2 from "node:http2";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { RpcClient } from "../../../src/rpc/client.ts";
import type { Handlers } from "../../../src/rpc/json-rpc.ts";
import { createRpcServer, type RpcServer } from "../../../src/rpc/server.ts";
import type { Streams } from "../../../src/rpc/streams.ts";
import { BangerError } from "../../../src/shared/errors.ts";
import { silentLogger } from "../../../src/shared/logger.ts";

export const BUILD = { version: "1.2.3", commit: "abc", time: "2026-01-01T00:00:00Z" };

/** Handlers that refuse everything but what a test gives. */
export function handlersWith(given: Partial<Handlers>): Handlers {
  return new Proxy(given, {
    get: (target, method) =>
      Reflect.get(target, method) ??
      (async () => {
        throw new BangerError("ERR_TEST_REFUSED", `no handler for ${String(method)}`);
      }),
  }) as Handlers;
}

const noStreams: Streams = {
  // biome-ignore lint/correctness/useYield: it only refuses
  async *operationEvents() {
    throw new BangerError("ERR_OPERATION_NOT_FOUND", "no such operation");
  },
  async exec() {
    throw new BangerError("ERR_VM_NOT_FOUND", "there is no such VM", { next: "look again" });
  },
  async ssh() {
    throw new BangerError("ERR_VM_NOT_FOUND", "there is no such VM");
  },
  async sshd() {
    throw new BangerError("ERR_VM_NOT_FOUND", "there is no such VM");
  },
  async workspace() {
    throw new BangerError("ERR_VM_NOT_FOUND", "there is no such VM");
  },
  async logs() {
    throw new BangerError("ERR_VM_NOT_FOUND", "there is no such VM");
  },
};

export interface Harness extends AsyncDisposable {
  readonly server: RpcServer;
  readonly socket: string;
  connect(build?: typeof BUILD): Promise<RpcClient>;
  /** One raw request, for what the client would never send. */
  raw(request: {
    method?: string;
    path?: string;
    build?: string;
    body?: string | Buffer;
  }): Promise<{ status: number; body: string }>;
}

/** A server on a real Unix socket; clients that a test leaves open are closed with it. */
export async function serve(options: {
  handlers?: Partial<Handlers>;
  streams?: Partial<Streams>;
  isBusy?: () => boolean;
}): Promise<Harness> {
  const directory = await mkdtemp(path.join(os.tmpdir(), "banger-rpc-"));
  const socket = path.join(directory, "s");
  const server = createRpcServer({
    handlers: handlersWith(options.handlers ?? {}),
    streams: { ...noStreams, ...options.streams },
    build: BUILD,
    isBusy: options.isBusy ?? (() => false),
    logger: silentLogger,
  });
  await new Promise<void>((resolve) => server.listener.listen(socket, resolve));
  const clients: RpcClient[] = [];
  return {
    server,
    socket,
    async connect(build = BUILD) {
      const client = await RpcClient.connect(socket, { build });
      clients.push(client);
      return client;
    },
    async raw({ method = "POST", path: target = "/rpc", build = "1.2.3+abc", body = "" }) {
      const session = http2.connect("http://x", { createConnection: () => net.connect(socket) });
      const stream = session.request(
        { ":method": method, ":path": target, "banger-build": build },
        { endStream: false },
      );
      stream.on("error", () => undefined);
      let status = 0;
      stream.on("response", (headers) => {
        status = Number(headers[":status"]);
      });
      const chunks: Buffer[] = [];
      stream.on("data", (chunk: Buffer) => chunks.push(chunk));
      stream.end(body);
      await new Promise((resolve) => stream.once("close", resolve));
      session.destroy();
      return { status, body: Buffer.concat(chunks).toString() };
    },
    async [Symbol.asyncDispose]() {
      await Promise.all(clients.map((client) => client.close()));
      await server.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
