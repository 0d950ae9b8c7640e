import http2, { type ClientHttp2Session, type ClientHttp2Stream } from "node:http2";
import { BangerError } from "../../shared/errors.ts";
import { bounded, lost, replyError } from "./read-reply.ts";

/**
 * A connection to a port of the guest's loopback address (docs/guest-protocol.md, "TCP"), once it is there: a duplex of its bytes, half-close
 * included. Closing it before both ends have come resets the peer.
 * @throws BangerError ERR_TCP_REFUSED when nobody listens there; ERR_AGENT_LOST; the signal's reason.
 */
export async function openTcp(
  session: ClientHttp2Session,
  port: number,
  signal?: AbortSignal,
): Promise<ClientHttp2Stream> {
  signal?.throwIfAborted();
  if (session.destroyed || session.closed) throw lost();
  const path = `/tcp/${port}`;
  const stream = session.request({ ":method": "POST", ":path": path }, { endStream: false });
  const onAbort = () => stream.close(http2.constants.NGHTTP2_CANCEL);
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    const status = await statusOf(stream);
    if (status === 200) return stream;
    stream.end();
    const reply = await bounded(stream, path);
    throw replyError(reply, path, status);
  } catch (error) {
    stream.on("error", () => undefined);
    stream.close(http2.constants.NGHTTP2_CANCEL);
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener("abort", onAbort);
  }
}

function statusOf(stream: ClientHttp2Stream): Promise<number> {
  return new Promise((resolve, reject) => {
    let failure: Error | undefined;
    const onError = (error: Error) => {
      failure = error;
    };
    const onClose = () => reject(lost(failure));
    stream.on("error", onError);
    stream.once("close", onClose);
    stream.once("response", (headers) => {
      stream.off("error", onError);
      stream.off("close", onClose);
      resolve(Number(headers[":status"] ?? 0));
    });
  });
}

/** For an agent that does not say that it can: it would not answer before our end. */
export function tooOld(): BangerError {
  return new BangerError(
    "ERR_AGENT_TOO_OLD",
    "the VM's agent is of an older build, which connects to no ports",
    {
      next: "restart the VM: it then gets this build's agent",
    },
  );
}
