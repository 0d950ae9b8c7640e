import { constants } from "node:http2";
import type { Duplex } from "node:stream";

/** A stream that can be reset with a code: HTTP/2's; anything else is destroyed. */
interface Resettable {
  close?: (code?: number) => void;
}

/** Ends a stream now, as an error for whoever reads its other end. */
export function reset(stream: Duplex & Resettable, code: number = constants.NGHTTP2_CANCEL): void {
  if (stream.destroyed) return;
  if (typeof stream.close === "function") stream.close(code);
  else stream.destroy();
}

/**
 * Joins a client's stream and a guest's, both ways, raw, with back-pressure. The end of one side's bytes is passed on as such (half
 * close), its reset as a reset; nothing is thrown.
 */
export function splice(client: Duplex, guest: Duplex): void {
  const ignore = (): void => undefined;
  // A failed stream closes next, and that is where it is dealt with.
  client.on("error", ignore);
  guest.on("error", ignore);
  client.once("close", () => reset(guest));
  guest.once("close", () => {
    if (!guest.readableEnded) reset(client, constants.NGHTTP2_INTERNAL_ERROR);
    // The guest is done and said so: what the client still sends has no reader, but must not keep its stream open.
    else client.resume();
  });
  client.pipe(guest);
  guest.pipe(client);
  if (client.destroyed) reset(guest);
  if (guest.destroyed) reset(client, constants.NGHTTP2_INTERNAL_ERROR);
}
