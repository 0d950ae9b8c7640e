import { type Duplex, Readable, Writable } from "node:stream";
import { BangerError } from "../errors.ts";
import { whenDrained } from "./drain.ts";
import type { ExecExit, ExecSpec, WindowSize } from "./exec-spec.ts";
import { encodeFrame, FrameDecoder, FrameType, frameHeader, SEND_PAYLOAD_BYTES } from "./frames.ts";

/**
 * A command's client side, over any duplex that carries exec frames: an HTTP/2 stream of the daemon or of the agent.
 *
 * Both outputs must be read (or resumed): they share one stream, so one that is full holds back the other, as over SSH.
 */
export class ExecSession {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Rejects with the ERR_EXEC_* code of a command that could not start, or ERR_EXEC_LOST. */
  readonly started: Promise<{ pid: number }>;
  /** Rejects as `started` does, and with ERR_EXEC_LOST when the connection ends before the command. */
  readonly exit: Promise<ExecExit>;

  readonly #duplex: Duplex;
  readonly #started = Promise.withResolvers<{ pid: number }>();
  readonly #exit = Promise.withResolvers<ExecExit>();
  /** Outputs whose buffer is full; the duplex is paused while there is one. */
  readonly #full = new Set<Readable>();
  #done = false;

  constructor(duplex: Duplex) {
    this.#duplex = duplex;
    this.stdin = new Writable({
      highWaterMark: SEND_PAYLOAD_BYTES,
      write: (chunk: Buffer, _encoding, callback) => this.#writeStdin(chunk, callback),
      final: (callback) => this.#send(encodeFrame(FrameType.STDIN, Buffer.alloc(0)), callback),
    });
    // After the command's end nobody reads stdin; that the rest is lost is no error.
    this.stdin.on("error", () => undefined);
    this.stdout = this.#output();
    this.stderr = this.#output();
    this.started = this.#started.promise;
    this.exit = this.#exit.promise;
    // A caller may want only one of them, or neither.
    this.started.catch(() => undefined);
    this.exit.catch(() => undefined);
    const decoder = new FrameDecoder((type, payload) => this.#onFrame(type, payload));
    duplex.on("data", (chunk: Buffer) => {
      try {
        decoder.push(chunk);
      } catch (error) {
        this.#fail(error);
      }
    });
    duplex.on("error", (error) => this.#lost(error));
    duplex.on("end", () => this.#lost());
    duplex.on("close", () => this.#lost());
  }

  /** Exactly once, before anything else. */
  start(spec: ExecSpec): void {
    const { argv, self, env = {}, cwd = null, user = null, tty = null } = spec;
    this.#send(encodeFrame(FrameType.START, { argv, ...(self && { self }), env, cwd, user, tty }));
  }

  /** The window of its PTY has another size now. */
  resize(window: WindowSize): void {
    this.#send(encodeFrame(FrameType.RESIZE, { rows: window.rows, cols: window.cols }));
  }

  /**
   * To the command's process group (with a PTY, to its foreground group). It travels in line with stdin: a command that does not read a
   * stdin of over 1 MiB gets no signal either, only {@link hangUp}.
   */
  signal(signal: number): void {
    this.#send(encodeFrame(FrameType.SIGNAL, { signal }));
  }

  /** Ends the command as a closed terminal would: SIGHUP, later SIGKILL. */
  hangUp(): void {
    this.#fail(new BangerError("ERR_EXEC_LOST", "the command was hung up"));
  }

  #output(): Readable {
    const readable: Readable = new Readable({
      highWaterMark: SEND_PAYLOAD_BYTES,
      read: () => {
        if (this.#full.delete(readable) && this.#full.size === 0) this.#duplex.resume();
      },
    });
    return readable;
  }

  #onFrame(type: FrameType, payload: Buffer): void {
    if (this.#done) return;
    switch (type) {
      case FrameType.STDOUT:
        this.#pushOutput(this.stdout, payload);
        break;
      case FrameType.STDERR:
        this.#pushOutput(this.stderr, payload);
        break;
      case FrameType.STARTED:
        this.#started.resolve({ pid: integer(parse(payload).pid) ?? 0 });
        break;
      case FrameType.EXIT: {
        const { code, signal } = parse(payload);
        this.#finish();
        this.#exit.resolve({ code: integer(code), signal: integer(signal) });
        break;
      }
      case FrameType.ERROR: {
        const { code, message } = parse(payload);
        const stable = String(code).startsWith("ERR_") ? (code as `ERR_${string}`) : "ERR_EXEC_FAILED";
        this.#reject(new BangerError(stable, String(message)));
        break;
      }
      default:
        this.#fail(protocolError(`a frame of type ${type}`));
    }
  }

  #pushOutput(output: Readable, payload: Buffer): void {
    if (payload.length === 0 || output.destroyed || output.push(payload)) return;
    this.#full.add(output);
    this.#duplex.pause();
  }

  #writeStdin(chunk: Buffer, callback: (error?: Error | null) => void): void {
    if (this.#done || !this.#duplex.writable) {
      callback();
      return;
    }
    const payload = chunk.subarray(0, SEND_PAYLOAD_BYTES);
    this.#duplex.cork();
    this.#duplex.write(frameHeader(FrameType.STDIN, payload.length));
    this.#duplex.write(payload);
    this.#duplex.uncork();
    // One frame at a time: a caller's chunk may be of any size, and HTTP/2 would take all of it into memory.
    const rest = chunk.subarray(payload.length);
    whenDrained(this.#duplex, rest.length === 0 ? callback : () => this.#writeStdin(rest, callback));
  }

  #send(frame: Buffer, callback?: () => void): void {
    if (!this.#done && this.#duplex.writable) this.#duplex.write(frame);
    callback?.();
  }

  #finish(): void {
    this.#done = true;
    this.stdout.push(null);
    this.stderr.push(null);
    // The agent has ended its side; ending ours frees the stream.
    this.#duplex.end();
    this.#duplex.resume();
  }

  #lost(cause?: Error): void {
    if (this.#done) return;
    const own = cause instanceof BangerError ? cause : null;
    this.#fail(
      own ??
        new BangerError("ERR_EXEC_LOST", "the connection to the command was lost; the guest hangs it up", {
          next: "see whether the VM still runs: `banger vm list --all`",
          cause,
        }),
    );
  }

  /** The command did not start; the stream ends by itself. */
  #reject(error: unknown): void {
    this.#finish();
    this.#started.reject(error);
    this.#exit.reject(error);
  }

  /** The stream is of no use any more: the other side must not wait for it either. */
  #fail(error: unknown): void {
    if (this.#done) return;
    this.#reject(error);
    if (!this.#duplex.readableEnded) this.#duplex.destroy();
  }
}

function parse(payload: Buffer): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(payload.toString());
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // falls through
  }
  throw protocolError("a frame that is not JSON");
}

function protocolError(what: string): BangerError {
  return new BangerError("ERR_EXEC_PROTOCOL", `the guest sent ${what}`, {
    next: "restart the VM: it then gets this build's agent; if that answers so, too, something in the guest has taken its place",
  });
}

function integer(value: unknown): number | null {
  return typeof value === "number" && Number.isInteger(value) ? value : null;
}
