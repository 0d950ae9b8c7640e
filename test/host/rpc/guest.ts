import { randomBytes } from "node:crypto";
import http2 from "node:http2";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import type { Duplex } from "node:stream";
import type { Streams } from "../../../src/rpc/streams.ts";
import { SETTINGS } from "../../../src/rpc/wire.ts";
import { EagerSocket } from "../../../src/shared/eager-socket.ts";
import { serve } from "./harness.ts";

/** Runs `body` with the exec stream behind which `handle` stands, as an HTTP/2 peer of its own: what the guest's agent is. */
export async function withGuest(
  handle: (stream: http2.ServerHttp2Stream, connection: Duplex) => void,
  body: (rpc: Awaited<ReturnType<typeof serve>>) => Promise<void>,
): Promise<void> {
  const socket = path.join(os.tmpdir(), `banger-agent-${randomBytes(6).toString("hex")}`);
  const agent = http2.createServer({ settings: SETTINGS, maxSessionMemory: 64 });
  agent.on("stream", (stream) => {
    stream.on("error", () => undefined);
    handle(stream, connection);
  });
  // Like the real agent, this one reads whatever waits to be written.
  const listener = net.createServer((accepted) => agent.emit("connection", new EagerSocket(accepted)));
  await new Promise<void>((resolve) => listener.listen(socket, resolve));
  const connection = net.connect(socket);
  const session = http2.connect("http://agent", {
    createConnection: () => connection,
    settings: SETTINGS,
  });
  session.on("error", () => undefined);
  const streams: Partial<Streams> = {
    exec: async () => session.request({ ":method": "POST", ":path": "/exec" }),
  };
  const rpc = await serve({ streams });
  try {
    await body(rpc);
  } finally {
    await rpc[Symbol.asyncDispose]();
    session.destroy();
    listener.close();
  }
}
