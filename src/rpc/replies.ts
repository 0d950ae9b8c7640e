import type { IncomingHttpHeaders, ServerHttp2Stream } from "node:http2";
import type { ErrorBody } from "../domain/operation.ts";
import { BangerError } from "../shared/errors.ts";
import { MAX_BODY_BYTES } from "./wire.ts";

/** The whole body as text. Throws ERR_BODY_TOO_LARGE, or what ended the stream before its end. */
export async function readBody(stream: ServerHttp2Stream): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stream.iterator({ destroyOnReturn: false })) {
    bytes += (chunk as Buffer).length;
    if (bytes > MAX_BODY_BYTES) {
      throw new BangerError("ERR_BODY_TOO_LARGE", `a request has at most ${MAX_BODY_BYTES} bytes`);
    }
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString("utf8");
}

/** Sends one JSON document, unless the client has gone. */
export function sendJson(stream: ServerHttp2Stream, status: number, body: unknown): void {
  if (stream.destroyed || stream.closed || stream.headersSent) return;
  stream.respond({ ":status": status, "content-type": "application/json" });
  stream.end(JSON.stringify(body));
  // What the client still sends is not read by anyone: take it, so that the stream can end.
  stream.resume();
}

export function sendError(stream: ServerHttp2Stream, body: ErrorBody): void {
  sendJson(stream, statusOf(body.code), body);
}

const STATUS: Readonly<Record<string, number>> = {
  ERR_BUILD_MISMATCH: 409,
  ERR_BODY_TOO_LARGE: 413,
  ERR_METHOD_NOT_ALLOWED: 405,
  ERR_DAEMON_STOPPING: 503,
  ERR_AMBIGUOUS_REF: 400,
  ERR_BAD_REQUEST: 400,
};

function statusOf(code: string): number {
  return STATUS[code] ?? (code.endsWith("_NOT_FOUND") ? 404 : 500);
}

export interface Target {
  readonly verb: string;
  /** Decoded, without the empty first one. */
  readonly segments: string[];
  readonly query: URLSearchParams;
}

/** Throws ERR_BAD_REQUEST for what is no path. */
export function targetOf(headers: IncomingHttpHeaders): Target {
  try {
    const [pathname = "", search = ""] = (headers[":path"] ?? "").split("?", 2);
    return {
      verb: headers[":method"] ?? "",
      segments: pathname.split("/").slice(1).map(decodeURIComponent),
      query: new URLSearchParams(search),
    };
  } catch (cause) {
    throw new BangerError("ERR_BAD_REQUEST", "the request's path cannot be read", { cause });
  }
}
