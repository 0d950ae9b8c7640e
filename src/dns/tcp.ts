import net from "node:net";
import { HEADER_BYTES, QUERY_MAX_BYTES } from "./query.ts";
import type { Respond } from "./responder.ts";

export interface TcpLimits {
  /** Connections at once, of all clients and of one. */
  readonly connections: number;
  readonly connectionsPerSource: number;
  /** Questions of one connection that wait for their answers: more are not read before. */
  readonly pipelined: number;
  /** Milliseconds in which a whole question must come, and its answers be taken (RFC 7766, 6.2.3). */
  readonly idleMs: number;
}

/** DNS over TCP: messages with their length before them, many on one connection, answered as they are ready (RFC 7766). */
export function tcpServer(respond: Respond, limits: TcpLimits): { server: net.Server; destroyAll(): void } {
  const open = new Set<net.Socket>();
  const server = net.createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const source = socket.remoteAddress;
    const same = [...open].filter((each) => each.remoteAddress === source).length;
    if (source === undefined || open.size >= limits.connections || same >= limits.connectionsPerSource) {
      socket.on("error", () => undefined).destroy();
      return;
    }
    open.add(socket);
    socket.once("close", () => open.delete(socket));
    serve(socket, source, respond, limits);
  });
  return {
    server,
    destroyAll: () => {
      for (const socket of open) socket.destroy();
    },
  };
}

function serve(socket: net.Socket, address: string, respond: Respond, limits: TcpLimits): void {
  let pending: Buffer = Buffer.alloc(0);
  let waiting = 0;
  let ended = false;
  // Not the socket's own timer: a byte now and then would keep that from firing for ever.
  const timer = setTimeout(() => socket.destroy(), limits.idleMs);
  socket.once("close", () => clearTimeout(timer));
  socket.on("error", () => socket.destroy());

  const answer = async (message: Buffer): Promise<void> => {
    const reply = await respond(message, { address, transport: "tcp" });
    waiting -= 1;
    if (socket.destroyed) return;
    // What is no question (a reply, for instance) has no place on a connection that a client opened.
    if (reply === null) return void socket.destroy();
    const length = Buffer.alloc(2);
    length.writeUInt16BE(reply.length);
    socket.write(Buffer.concat([length, reply]));
    timer.refresh();
    advance();
  };
  /** Takes whole messages as long as the client takes the answers; what comes meanwhile stays in the kernel's buffer. */
  const advance = (): void => {
    while (!isFull() && pending.length >= 2) {
      const length = pending.readUInt16BE(0);
      if (length < HEADER_BYTES || length > QUERY_MAX_BYTES) return void socket.destroy();
      if (pending.length < 2 + length) break;
      const message = pending.subarray(2, 2 + length);
      pending = pending.subarray(2 + length);
      waiting += 1;
      timer.refresh();
      void answer(message);
    }
    if (isFull()) socket.pause();
    else if (ended && waiting === 0) socket.end();
    else socket.resume();
  };
  const isFull = () => waiting >= limits.pipelined || socket.writableNeedDrain;
  socket.on("drain", advance);
  socket.on("data", (chunk: Buffer) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    advance();
  });
  socket.on("end", () => {
    ended = true;
    advance();
  });
}
