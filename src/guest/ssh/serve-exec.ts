import { constants } from "node:os";
import type { Duplex, Readable } from "node:stream";
import type { Client, ClientChannel, PseudoTtyOptions } from "ssh2";
import { z } from "zod";
import { errorMessage } from "../../shared/errors.ts";
import { whenDrained } from "../../shared/exec/drain.ts";
import {
  encodeFrame,
  FrameDecoder,
  FrameType,
  frameHeader,
  SEND_PAYLOAD_BYTES,
} from "../../shared/exec/frames.ts";

const startFrame = z.object({
  argv: z.array(z.string()),
  tty: z.object({ rows: z.int(), cols: z.int(), term: z.string().optional() }).nullish(),
});
const resizeFrame = z.object({ rows: z.int().positive(), cols: z.int().positive() });
const signalFrame = z.object({ signal: z.int() });

/**
 * Serves one exec stream by a session of `client`, which it owns: argv is joined by blanks, as ssh(1) does, and read by the remote user's
 * shell; without one it is a login shell. Environment, user and directory are not SSH's to set.
 */
export function serveExec(stream: Duplex, client: Client): void {
  const session = new Session(stream, client);
  const decoder = new FrameDecoder((type, payload) => session.frame(type, payload));
  stream.on("data", (chunk: Buffer) => {
    try {
      decoder.push(chunk);
    } catch (error) {
      session.fail(error);
    }
  });
  stream.on("error", () => client.destroy());
  stream.once("close", () => client.destroy());
  client.once("close", () => session.lost());
}

class Session {
  readonly #stream: Duplex;
  readonly #client: Client;
  #channel: ClientChannel | null = null;
  /** What came before the channel was there. */
  #early: [FrameType, Buffer][] = [];
  #exit: { code: number | null; signal: number | null } | null = null;
  #done = false;

  constructor(stream: Duplex, client: Client) {
    this.#stream = stream;
    this.#client = client;
  }

  frame(type: FrameType, payload: Buffer): void {
    const channel = this.#channel;
    if (type === FrameType.START) {
      this.#start(startFrame.parse(JSON.parse(payload.toString())));
    } else if (channel === null) {
      this.#early.push([type, Buffer.from(payload)]);
    } else if (type === FrameType.RESIZE) {
      const { rows, cols } = resizeFrame.parse(JSON.parse(payload.toString()));
      channel.setWindow(rows, cols, 0, 0);
    } else if (type === FrameType.SIGNAL) {
      const name = signalName(signalFrame.parse(JSON.parse(payload.toString())).signal);
      if (name !== null) channel.signal(name);
    } else if (type === FrameType.STDIN && payload.length === 0) {
      channel.end();
    } else if (type === FrameType.STDIN && !channel.write(Buffer.from(payload))) {
      this.#stream.pause();
      whenDrained(channel, () => this.#stream.resume());
    }
  }

  #start({ argv, tty }: z.infer<typeof startFrame>): void {
    const pty: PseudoTtyOptions | false =
      tty === null || tty === undefined
        ? false
        : { rows: tty.rows, cols: tty.cols, term: tty.term ?? "xterm" };
    const opened = (error: Error | undefined, channel: ClientChannel) => {
      if (error) this.fail(error);
      else this.#serve(channel);
    };
    // What comes meanwhile waits in the stream; only the rest of this chunk is held here.
    this.#stream.pause();
    if (argv.length === 0) this.#client.shell(pty, opened);
    else this.#client.exec(argv.join(" "), { pty: pty === false ? undefined : pty } as object, opened);
  }

  #serve(channel: ClientChannel): void {
    this.#channel = channel;
    channel.on("error", () => undefined);
    this.#copy(channel, FrameType.STDOUT);
    this.#copy(channel.stderr as unknown as Readable, FrameType.STDERR);
    channel.once("exit", (code: number | null, signal?: string) => {
      this.#exit = { code, signal: signal === undefined ? null : signalNumber(signal) };
    });
    channel.once("close", () => this.#finish());
    this.#stream.write(encodeFrame(FrameType.STARTED, { pid: 0 }));
    const early = this.#early;
    this.#early = [];
    this.#stream.resume();
    for (const [type, payload] of early) this.frame(type, payload);
  }

  #copy(from: Readable, type: FrameType): void {
    from.on("data", (chunk: Buffer) => {
      for (let at = 0; at < chunk.length; at += SEND_PAYLOAD_BYTES) {
        const part = chunk.subarray(at, at + SEND_PAYLOAD_BYTES);
        this.#stream.write(frameHeader(type, part.length));
        this.#stream.write(part);
      }
      if (!this.#stream.writableNeedDrain) return;
      from.pause();
      whenDrained(this.#stream, () => from.resume());
    });
  }

  /** The channel has ended. A server that does not say how (it was killed) has lost the command. */
  #finish(): void {
    if (this.#exit === null) this.lost();
    else this.#end(encodeFrame(FrameType.EXIT, this.#exit));
  }

  lost(): void {
    this.#end(
      encodeFrame(FrameType.ERROR, { code: "ERR_EXEC_LOST", message: "the SSH connection was lost" }),
    );
  }

  fail(error: unknown): void {
    this.#end(encodeFrame(FrameType.ERROR, { code: "ERR_SSH_FAILED", message: errorMessage(error) }));
  }

  #end(frame: Buffer): void {
    if (this.#done) return;
    this.#done = true;
    this.#stream.end(frame);
    this.#client.end();
  }
}

/** SSH names signals without `SIG` (RFC 4254, 6.10). */
function signalName(number: number): string | null {
  const found = Object.entries(constants.signals).find(([, value]) => value === number);
  return found === undefined ? null : found[0].slice("SIG".length);
}

function signalNumber(name: string): number {
  const full = name.startsWith("SIG") ? name : `SIG${name}`;
  return constants.signals[full as NodeJS.Signals] ?? constants.signals.SIGHUP;
}
