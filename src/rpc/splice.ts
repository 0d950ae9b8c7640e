import type { ServerHttp2Stream } from "node:http2";
import { constants } from "node:http2";
import type { Duplex, Readable } from "node:stream";
import type { ErrorBody } from "../domain/operation.ts";
import { toErrorBody } from "../shared/error-body.ts";
import { COMPLETE, END_TRAILER } from "./wire.ts";

/** A stream that can be reset with a code: HTTP/2's; anything else is destroyed. */
interface Resettable {
  close?: (code?: number) => void;
  readonly rstCode?: number;
}

/** Ends a stream now, as an error for whoever reads its other end. */
export function reset(stream: Readable & Resettable): void {
  if (stream.destroyed) return;
  if (typeof stream.close === "function") stream.close(constants.NGHTTP2_CANCEL);
  else stream.destroy();
}

const GUEST_LOST: ErrorBody = {
  code: "ERR_GUEST_LOST",
  message: "the connection to the guest was lost; the command was hung up",
  next: "see `banger vm list --all` and the guest's console: `banger vm logs <vm>`",
};

/**
 * Sends the bytes of `source` to the client, with back-pressure. How it ended stands in a trailer, since Node's HTTP/2 sends a good end
 * (END_STREAM) before every reset, so that neither tells the client whether it has all. A client that goes ends `source`.
 */
export function sendSource(client: ServerHttp2Stream, source: Readable): void {
  let outcome: ErrorBody | null = GUEST_LOST;
  client.respond({ ":status": 200, "content-type": "application/octet-stream" }, { waitForTrailers: true });
  client.on("wantTrailers", () => client.sendTrailers({ [END_TRAILER]: endOf(outcome) }));
  client.once("close", () => reset(source));
  // A source that fails closes next, and that is where it is dealt with.
  source.on("error", (error) => {
    if ("code" in error && String(error.code).startsWith("ERR_HTTP2_")) return;
    outcome = toErrorBody(error);
  });
  source.once("end", () => {
    // A lost HTTP/2 session ends its streams as well; only their code tells.
    const { rstCode } = source as Resettable;
    if (rstCode === undefined || rstCode === constants.NGHTTP2_NO_ERROR) outcome = null;
  });
  source.once("close", () => {
    if (!client.writableEnded) client.end();
    // What the client still sends has no reader any more, but must not keep its stream open.
    client.resume();
  });
  source.pipe(client);
  if (client.destroyed) reset(source);
}

/** The same for both directions: the end of the client's bytes reaches the guest as such (half close). */
export function splice(client: ServerHttp2Stream, guest: Duplex): void {
  sendSource(client, guest);
  client.pipe(guest);
}

/** COMPLETE, or the ErrorBody, in what a header can carry. */
function endOf(outcome: ErrorBody | null): string {
  return outcome === null ? COMPLETE : encodeURIComponent(JSON.stringify(outcome));
}
