import { randomInt } from "node:crypto";
import dgram from "node:dgram";
import net from "node:net";
import type { Query } from "./query.ts";
import type { NameServer } from "./resolv-conf.ts";
import { isReplyTo } from "./upstream-reply.ts";

/** The query under an id that nobody who did not see it can know (RFC 5452); the source port is the kernel's choice, per query. */
function renumbered(query: Query): { id: number; message: Buffer } {
  const id = randomInt(0x1_0000);
  const message = Buffer.from(query.bytes);
  message.writeUInt16BE(id, 0);
  return { id, message };
}

/** Asks one resolver by UDP. The socket is connected: the kernel drops what others send. Rejects with the signal's reason, or the system's error. */
export function askByUdp(server: NameServer, query: Query, signal: AbortSignal): Promise<Buffer> {
  const { id, message } = renumbered(query);
  return new Promise((resolve, reject) => {
    const socket = dgram.createSocket(net.isIPv6(server.address) ? "udp6" : "udp4");
    const settle = (body: () => void) => {
      signal.removeEventListener("abort", onAbort);
      socket.removeAllListeners("message");
      try {
        socket.close();
      } catch {
        // Not open yet, or not any more.
      }
      body();
    };
    const onAbort = () => settle(() => reject(signal.reason));
    if (signal.aborted) return onAbort();
    signal.addEventListener("abort", onAbort);
    socket.on("error", (error) => settle(() => reject(error)));
    socket.on("message", (reply) => {
      // A forged or late one must not keep the right one from coming.
      if (isReplyTo(reply, id, query)) settle(() => resolve(reply));
    });
    socket.connect(server.port, server.address, () => {
      socket.send(message, (error) => error && settle(() => reject(error)));
    });
  });
}

/** The same by TCP, on a connection of its own. */
export function askByTcp(server: NameServer, query: Query, signal: AbortSignal): Promise<Buffer> {
  const { id, message } = renumbered(query);
  return new Promise((resolve, reject) => {
    const socket = net.connect({ host: server.address, port: server.port, signal });
    let pending: Buffer = Buffer.alloc(0);
    const settle = (body: () => void) => {
      socket.destroy();
      body();
    };
    socket.on("error", (error) => settle(() => reject(signal.aborted ? signal.reason : error)));
    socket.on("close", () => reject(new Error("the connection ended before the reply")));
    socket.on("data", (chunk: Buffer) => {
      pending = Buffer.concat([pending, chunk]);
      const length = pending.length < 2 ? Number.POSITIVE_INFINITY : pending.readUInt16BE(0);
      if (pending.length < 2 + length) return;
      const reply = pending.subarray(2, 2 + length);
      settle(() => (isReplyTo(reply, id, query) ? resolve(reply) : reject(new Error("not what was asked"))));
    });
    const length = Buffer.alloc(2);
    length.writeUInt16BE(message.length);
    socket.write(Buffer.concat([length, message]));
  });
}
