import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { constants } from "node:http2";
import net from "node:net";
import { buffer } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { AgentClient } from "../../../src/guest/agent/agent-client.ts";
import { HostAgent } from "./harness.ts";

const MIB = 1024 ** 2;

let agent: HostAgent;
let client: AgentClient;

beforeAll(async () => {
  agent = await HostAgent.start();
  client = await agent.connect();
});
afterAll(() => agent[Symbol.asyncDispose]());

interface Server {
  readonly port: number;
  /** The connections so far, and to come. */
  next(): Promise<net.Socket>;
}

/** Serves `body` a port of the loopback address. */
async function withServer(host: string, body: (server: Server) => Promise<void>): Promise<void> {
  const waiting: net.Socket[] = [];
  const server = net.createServer({ allowHalfOpen: true, pauseOnConnect: true }, (socket) => {
    socket.on("error", () => undefined);
    waiting.push(socket);
    server.emit("waiting");
  });
  server.listen(0, host);
  await once(server, "listening");
  const sockets: net.Socket[] = [];
  try {
    await body({
      port: (server.address() as net.AddressInfo).port,
      async next() {
        while (waiting.length === 0) await once(server, "waiting");
        const socket = waiting.shift() as net.Socket;
        sockets.push(socket);
        return socket;
      },
    });
  } finally {
    for (const socket of [...sockets, ...waiting]) socket.destroy();
    server.close();
  }
}

test.each(["127.0.0.1", "::1"])(
  "24 MiB go to a port at %s and come back; each end is passed on",
  async (host) => {
    await withServer(host, async (server) => {
      const stream = await client.openTcp(server.port);
      const socket = await server.next();
      const original = randomBytes(24 * MIB);
      stream.end(original);
      const [seen] = await Promise.all([buffer(socket), socket.resume()]);
      expect(createHash("sha256").update(seen).digest("hex")).toBe(
        createHash("sha256").update(original).digest("hex"),
      );
      // Our end has been seen; the other direction is still open.
      socket.end(seen);
      const back = await buffer(stream);
      expect(back.equals(original)).toBe(true);
      if (!stream.closed) await once(stream, "close");
      expect(stream.rstCode).toBe(0);
    });
  },
);

test("the peer may end first, and what comes after is still sent", async () => {
  await withServer("127.0.0.1", async (server) => {
    const stream = await client.openTcp(server.port);
    const socket = await server.next();
    socket.end("bye");
    expect((await buffer(stream)).toString()).toBe("bye");
    stream.end("late");
    expect((await buffer(socket)).toString()).toBe("late");
  });
});

test("a peer that does not read holds back the sender, and no other stream", async () => {
  await withServer("127.0.0.1", async (server) => {
    const stream = await client.openTcp(server.port);
    const socket = await server.next();
    const total = 32 * MIB;
    stream.end(Buffer.alloc(total));
    // The kernel's buffers and one window are all that is in flight.
    await client.health();
    expect(stream.writableFinished).toBe(false);
    const other = await client.openTcp(server.port);
    const second = await server.next();
    second.end("quick");
    expect((await buffer(other)).toString()).toBe("quick");
    other.end();
    expect((await buffer(socket)).length).toBe(total);
    socket.end();
    stream.resume();
  });
});

test("a client that goes away in the middle resets the peer; a peer's reset is the stream's", async () => {
  await withServer("127.0.0.1", async (server) => {
    const stream = await client.openTcp(server.port);
    const socket = await server.next();
    const failed = once(socket, "error");
    socket.resume();
    stream.on("error", () => undefined);
    stream.destroy();
    expect(((await failed)[0] as NodeJS.ErrnoException).code).toBe("ECONNRESET");

    const other = await client.openTcp(server.port);
    other.on("error", () => undefined);
    other.resume();
    (await server.next()).resetAndDestroy();
    await new Promise((resolve) => (other.closed ? resolve(null) : other.once("close", resolve)));
    expect(other.rstCode).toBe(constants.NGHTTP2_CONNECT_ERROR);
  });
});

test("a lost connection to the agent resets its peers", async () => {
  await withServer("127.0.0.1", async (server) => {
    const other = await agent.connect();
    const stream = await other.openTcp(server.port);
    stream.on("error", () => undefined);
    const socket = await server.next();
    const failed = once(socket, "error");
    socket.resume();
    other.close();
    expect(((await failed)[0] as NodeJS.ErrnoException).code).toBe("ECONNRESET");
  });
});

test("a port that nobody listens on", async () => {
  let port = 0;
  await withServer("127.0.0.1", async (server) => {
    port = server.port;
  });
  await expect(client.openTcp(port)).rejects.toMatchObject({
    code: "ERR_TCP_REFUSED",
    message: expect.stringContaining(`Port ${port}`),
  });
  await expect(client.openTcp(port, AbortSignal.abort(new Error("enough")))).rejects.toThrow("enough");
});
