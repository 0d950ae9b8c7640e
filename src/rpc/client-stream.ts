import { type ClientHttp2Stream, constants } from "node:http2";
import { Duplex } from "node:stream";
import type { ErrorBody } from "../domain/operation.ts";
import { fromErrorBody } from "../shared/error-body.ts";
import { COMPLETE, END_TRAILER } from "./wire.ts";

type Done = (error?: Error | null) => void;

/**
 * The client's end of a raw stream: the bytes of an HTTP/2 stream, but an end that came too early is a BangerError rather than one
 * of HTTP/2's own, and never goes unseen. Destroying it resets the stream.
 */
export class ClientStream extends Duplex {
  readonly #inner: ClientHttp2Stream;
  #failure: Error | null = null;
  #ended = false;
  /** What the trailer says, once it is here. */
  #outcome: string | null = null;

  /** `lost` makes the error for a stream that ended without a word. */
  constructor(inner: ClientHttp2Stream, lost: (cause: Error | null) => Error) {
    super();
    this.#inner = inner;
    inner.on("data", (chunk: Buffer) => {
      if (!this.push(chunk)) inner.pause();
    });
    inner.once("end", () => {
      this.#ended = true;
      this.#settle();
    });
    inner.once("trailers", (trailers) => {
      this.#outcome = String(trailers[END_TRAILER] ?? "");
      this.#settle();
    });
    inner.on("error", (error: Error) => {
      this.#failure = error;
    });
    inner.once("close", () => {
      if (!this.#ended || !this.#outcome) this.destroy(lost(this.#failure));
    });
  }

  /** The end and the trailer come in either order. */
  #settle(): void {
    if (!this.#ended || !this.#outcome) return;
    if (this.#outcome === COMPLETE) this.push(null);
    else this.destroy(fromErrorBody(JSON.parse(decodeURIComponent(this.#outcome)) as ErrorBody));
  }

  override _read(): void {
    this.#inner.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: Done): void {
    this.#inner.write(chunk, encoding, this.#ignoreLate(done));
  }

  override _writev(chunks: { chunk: Buffer; encoding: BufferEncoding }[], done: Done): void {
    this.#inner.cork();
    chunks.forEach(({ chunk, encoding }, index) => {
      this.#inner.write(chunk, encoding, index === chunks.length - 1 ? this.#ignoreLate(done) : undefined);
    });
    this.#inner.uncork();
  }

  override _final(done: Done): void {
    if (this.#inner.destroyed) done();
    else this.#inner.end(() => done());
  }

  override _destroy(error: Error | null, done: Done): void {
    if (!this.#inner.destroyed) this.#inner.close(constants.NGHTTP2_CANCEL);
    done(error);
  }

  /** What is written to a stream that has just closed is lost like the rest; its `close` says whether that is an error. */
  #ignoreLate(done: Done): Done {
    return () => done();
  }
}
