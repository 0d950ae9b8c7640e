import type { Duplex } from "node:stream";
import tls from "node:tls";
import { errorCode } from "../../shared/errors.ts";

/** How long a service has to answer one question, in milliseconds. */
const ANSWER_MS = 1_500;

/** Opens a connection to the service; rejects when there is none. */
export type OpenConnection = (signal: AbortSignal) => Promise<Duplex>;

/**
 * Whether a TCP service of a guest speaks HTTP, and whether by TLS (NET-5). TLS is asked first: a server of HTTPS answers plain HTTP with
 * plain HTTP, to say that it does not speak it. Whatever the service does, this ends soon, and null is all that goes wrong.
 */
export async function probeWeb(
  open: OpenConnection,
  host: string,
  signal: AbortSignal,
): Promise<"http" | "https" | null> {
  const secure = await ask(open, signal, (pipe) => speaksTls(pipe, host));
  if (secure === "HTTP") return "https";
  if (secure === "something else") return null;
  // Also where it said nothing at all: a server of HTTP may wait for the end of the line.
  return (await ask(open, signal, (pipe) => speaksHttp(pipe, host))) === true ? "http" : null;
}

/** One question on a connection of its own, which is ended with it. Null: no answer in time. */
async function ask<T>(
  open: OpenConnection,
  outer: AbortSignal,
  question: (pipe: Duplex) => Promise<T>,
): Promise<T | null> {
  const signal = AbortSignal.any([outer, AbortSignal.timeout(ANSWER_MS)]);
  const late = Promise.withResolvers<null>();
  const onAbort = () => late.resolve(null);
  signal.addEventListener("abort", onAbort, { once: true });
  if (signal.aborted) onAbort();
  const opening = open(signal).then((pipe) => pipe.on("error", () => undefined));
  try {
    return await Promise.race([opening.then(question).catch(() => null), late.promise]);
  } finally {
    signal.removeEventListener("abort", onAbort);
    opening.then(
      (pipe) => pipe.destroy(),
      () => undefined,
    );
  }
}

/** What is behind TLS matters: mail and databases have it too. Nobody is trusted here, so no certificate is checked. */
async function speaksTls(pipe: Duplex, host: string): Promise<"HTTP" | "something else" | "no TLS"> {
  const socket = tls.connect({
    socket: pipe,
    servername: host,
    rejectUnauthorized: false,
    ALPNProtocols: ["http/1.1", "h2"],
  });
  try {
    await new Promise<void>((resolve, reject) => {
      socket.once("secureConnect", resolve);
      socket.on("error", reject);
      socket.once("close", () => reject(new Error("it was closed")));
    });
    if (socket.alpnProtocol) return "HTTP";
    return (await speaksHttp(socket, host)) ? "HTTP" : "something else";
  } catch (error) {
    const code = errorCode(error);
    if (!code.includes("ALERT")) return "no TLS";
    // It understood, and refused: us without a certificate, or the protocols that we named.
    return code.includes("NO_APPLICATION_PROTOCOL") ? "something else" : "HTTP";
  } finally {
    socket.destroy();
  }
}

/** GET, which the smallest servers have; of the answer no more is taken than tells. */
async function speaksHttp(pipe: Duplex, host: string): Promise<boolean> {
  pipe.write(`GET / HTTP/1.1\r\nHost: ${host}\r\nUser-Agent: banger\r\nConnection: close\r\n\r\n`);
  let answer = "";
  for await (const chunk of pipe) {
    answer += String(chunk).slice(0, 8);
    if (answer.length >= 5) break;
  }
  return answer.startsWith("HTTP/");
}
