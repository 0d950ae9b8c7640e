import net from "node:net";
import type { Duplex } from "node:stream";
import { BangerError } from "../../shared/errors.ts";

const PREFIX = Buffer.from("banger-reset-v1:", "ascii");
const BOOT_TOKEN = /^[0-9a-f]{32}$/i;

/** The 32 bytes that begin a session on a pipe without connections (docs/guest-protocol.md, "The byte pipe"). */
export function resetToken(bootToken: string): Buffer {
  if (!BOOT_TOKEN.test(bootToken)) {
    throw new BangerError("ERR_AGENT_BAD_TOKEN", "a boot token is 32 hexadecimal digits");
  }
  return Buffer.concat([PREFIX, Buffer.from(bootToken, "hex")]);
}

/**
 * Sends the reset token and drops everything up to the agent's answer: old replies to an earlier client among it. Waits for as long as
 * the guest takes to boot; the signal ends it. Afterwards the pipe is paused and its next byte is the agent's first to this client.
 *
 * @throws BangerError ERR_AGENT_LOST when the pipe ends first; the signal's reason.
 */
export async function resetPipe(pipe: Duplex, bootToken: string, signal?: AbortSignal): Promise<void> {
  const token = resetToken(bootToken);
  signal?.throwIfAborted();
  const done = Promise.withResolvers<void>();
  // Only the last 31 bytes can be the beginning of an answer that goes on in the next read.
  let tail = Buffer.alloc(0);
  const onData = (chunk: Buffer) => {
    const bytes = tail.length === 0 ? chunk : Buffer.concat([tail, chunk]);
    const at = bytes.indexOf(token);
    if (at < 0) {
      tail = Buffer.from(bytes.subarray(Math.max(0, bytes.length - token.length + 1)));
      return;
    }
    pipe.pause();
    pipe.off("data", onData);
    const rest = bytes.subarray(at + token.length);
    if (rest.length > 0) pipe.unshift(rest);
    done.resolve();
  };
  const onLost = (cause?: unknown) => done.reject(lost(cause));
  const onAbort = () => done.reject(signal?.reason);
  pipe.on("data", onData);
  pipe.on("error", onLost);
  pipe.on("end", onLost);
  pipe.on("close", onLost);
  signal?.addEventListener("abort", onAbort, { once: true });
  pipe.resume();
  pipe.write(token);
  try {
    await done.promise;
  } finally {
    pipe.off("data", onData);
    pipe.off("error", onLost);
    pipe.off("end", onLost);
    pipe.off("close", onLost);
    signal?.removeEventListener("abort", onAbort);
  }
}

/**
 * Connects to a Unix socket.
 * @throws BangerError ERR_AGENT_LOST when nobody listens there; the signal's reason.
 */
export async function connectSocket(socketPath: string, signal?: AbortSignal): Promise<net.Socket> {
  signal?.throwIfAborted();
  const socket = net.connect(socketPath);
  const connected = Promise.withResolvers<void>();
  const onError = (cause: Error) => connected.reject(lost(cause));
  const onAbort = () => connected.reject(signal?.reason);
  socket.once("connect", connected.resolve);
  socket.once("error", onError);
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    await connected.promise;
    return socket;
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    socket.off("error", onError);
    signal?.removeEventListener("abort", onAbort);
  }
}

function lost(cause: unknown): BangerError {
  return new BangerError("ERR_AGENT_LOST", "the connection to the guest's agent was lost", {
    next: "see whether the VM still runs: `banger vm list --all`",
    cause,
  });
}
