import type net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { connectWhenThere } from "../shared/connect.ts";
import { Bell } from "./bell.ts";
import { AGENT_PORT, runtimeFile } from "./layout.ts";

/** `OK 4294967295` and a line feed; more is no answer of Firecracker's. */
const MAX_ANSWER_BYTES = 32;
/** Where the bell was not heard: the guest rang while no daemon was there to listen. */
const FALLBACK_MS = 50;
/** Between the begins of two tries: a guest may ring without end. */
const LEAST_MS = 5;

/**
 * A connection to the agent's vsock port, as soon as the agent listens there. Firecracker lets a request wait while the guest has no driver for it
 * yet, and closes the connection when the guest has and nobody listens; so the agent rings a bell, by a connection out to the same port of the
 * host, when it does. Whoever rings, the bell only says when to try again. Rejects with the signal's reason.
 */
export async function connectAgentPort(runtime: string, signal: AbortSignal): Promise<net.Socket> {
  const bell = await Bell.hang(runtimeFile(runtime, "bell"));
  try {
    for (;;) {
      const next = sleep(LEAST_MS);
      const socket = await connectWhenThere(runtimeFile(runtime, "vsock"), signal);
      if (await accepted(socket, signal)) return socket;
      signal.throwIfAborted();
      await Promise.all([bell.rungWithin(FALLBACK_MS, signal), next]);
    }
  } finally {
    await bell.takeDown();
  }
}

/** Asks for the agent's port (`CONNECT 1024`). True: the socket is the connection, paused, and nothing of it was lost. False: it is closed. */
function accepted(socket: net.Socket, signal: AbortSignal): Promise<boolean> {
  const done = Promise.withResolvers<boolean>();
  let answer = Buffer.alloc(0);
  const onData = (chunk: Buffer) => {
    answer = Buffer.concat([answer, chunk]);
    const end = answer.indexOf("\n");
    if (end < 0 && answer.length <= MAX_ANSWER_BYTES) return;
    const line = answer.toString("latin1", 0, Math.max(end, 0));
    if (!/^OK \d{1,10}$/.test(line)) return done.resolve(false);
    socket.pause();
    socket.off("data", onData);
    if (answer.length > end + 1) socket.unshift(answer.subarray(end + 1));
    done.resolve(true);
  };
  const onClose = () => done.resolve(false);
  socket.on("data", onData);
  socket.on("close", onClose);
  signal.addEventListener("abort", onClose, { once: true });
  // It may have come while the socket was connecting: then it comes no more.
  if (signal.aborted) onClose();
  socket.write(`CONNECT ${AGENT_PORT}\n`);
  return done.promise
    .then((open) => {
      if (!open || signal.aborted) socket.destroy();
      return open && !signal.aborted;
    })
    .finally(() => {
      socket.off("data", onData);
      socket.off("close", onClose);
      signal.removeEventListener("abort", onClose);
    });
}
