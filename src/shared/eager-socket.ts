import type { Socket } from "node:net";
import { Duplex } from "node:stream";

type Done = (error?: Error | null) => void;

/**
 * A socket that takes every write at once and keeps what the kernel does not take yet.
 *
 * Node's HTTP/2 stops reading while one of its writes waits for the kernel (a guard against floods). When both ends of a connection
 * are Node and both send in bulk, both wait for the other to read, for ever. One end whose writes never wait breaks the circle. What
 * it keeps is bounded by the peer's flow control windows.
 *
 * Its end does not wait either: until it is done Node's wrapper of such a stream takes a write of HTTP/2 for a mistake of its own, and
 * throws into the process (internal/js_stream_socket, doWrite; seen with Node 24.21). A write that comes after it fails, and no more.
 */
export class EagerSocket extends Duplex {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    super();
    this.#socket = socket;
    socket.on("data", (chunk: Buffer) => {
      if (!this.push(chunk)) socket.pause();
    });
    socket.once("end", () => this.push(null));
    socket.on("error", (error) => this.destroy(error));
    socket.once("close", () => this.destroy());
  }

  override _read(): void {
    this.#socket.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, done: Done): void {
    this.#socket.write(chunk, encoding);
    done();
  }

  override _writev(chunks: { chunk: Buffer; encoding: BufferEncoding }[], done: Done): void {
    this.#socket.cork();
    for (const { chunk, encoding } of chunks) this.#socket.write(chunk, encoding);
    this.#socket.uncork();
    done();
  }

  override write(chunk: unknown, encodingOrDone?: BufferEncoding | Done, done?: Done): boolean {
    if (!this.writableEnded) {
      return typeof encodingOrDone === "string"
        ? super.write(chunk, encodingOrDone, done)
        : super.write(chunk, encodingOrDone);
    }
    const tell = typeof encodingOrDone === "function" ? encodingOrDone : done;
    process.nextTick(() => tell?.(Object.assign(new Error("ended"), { code: "EPIPE" })));
    return false;
  }

  override _final(done: Done): void {
    this.#socket.end();
    done();
  }

  override _destroy(error: Error | null, done: Done): void {
    // What was taken is still sent, unless the connection failed.
    if (error === null) this.#socket.destroySoon();
    else this.#socket.destroy();
    done(error);
  }
}
