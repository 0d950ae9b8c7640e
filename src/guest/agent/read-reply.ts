import http2, { type ClientHttp2Stream } from "node:http2";
import { BangerError } from "../../shared/errors.ts";
import { errorReply } from "./replies.ts";

/** Of a JSON reply (docs/guest-protocol.md). */
const MAX_REPLY_BYTES = 1024 ** 2;
/** For a person's terminal. */
const MAX_MESSAGE_CHARACTERS = 1000;

/** A whole reply; a guest that sends more than the protocol allows is cut off. */
export async function bounded(stream: ClientHttp2Stream, path: string): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_REPLY_BYTES) {
      stream.close(http2.constants.NGHTTP2_CANCEL);
      throw badReply(`the guest's agent answered ${path} with more than 1 MiB`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** The agent's own error of a reply that is none of 2xx. */
export function replyError(reply: Buffer, path: string, status: number): BangerError {
  const error = errorReply.safeParse(parseJson(reply));
  if (!error.success) return badReply(`the guest's agent answered ${path} with ${status}`);
  const { code, message } = error.data;
  return new BangerError(code as `ERR_${string}`, message.slice(0, MAX_MESSAGE_CHARACTERS));
}

/** Whoever is root in a guest can answer in its agent's place. */
export function badReply(message: string, cause?: unknown): BangerError {
  return new BangerError("ERR_AGENT_BAD_REPLY", message, {
    next: "restart the VM: it then gets this build's agent; if that answers so, too, something in the guest has taken its place",
    cause,
  });
}

export function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    return undefined;
  }
}

export function lost(cause?: unknown): BangerError {
  return new BangerError("ERR_AGENT_LOST", "the connection to the guest's agent was lost", {
    next: "see whether the VM still runs: `banger vm list --all`",
    cause,
  });
}
