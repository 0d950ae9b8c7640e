import { spawn } from "node:child_process";
import path from "node:path";
import { type Duplex, duplexPair } from "node:stream";
import { encodeFrame, FrameDecoder, FrameType, frameHeader } from "../../../../src/shared/exec/frames.ts";

/** What a guest's agent was told, for tests to look at. */
export interface Told {
  readonly starts: Start[];
  readonly resizes: { rows: number; cols: number }[];
  readonly signals: number[];
  hangUps: number;
}

const AGENT = path.resolve(import.meta.dirname, "../../../../build/agent/banger-agent");

interface Start {
  argv: string[];
  self?: boolean;
  env: Record<string, string>;
  cwd: string | null;
  user: string | null;
  tty: { rows: number; cols: number; term: string } | null;
}

export function newTold(): Told {
  return { starts: [], resizes: [], signals: [], hangUps: 0 };
}

/**
 * The agent's end of an exec stream, with real processes of this machine behind it: argv, env and cwd, the three streams with
 * back-pressure, signals, exit status. A `tty` is only recorded.
 */
export function openGuest(told: Told, env: NodeJS.ProcessEnv = {}): Duplex {
  const [theirs, ours] = duplexPair();
  const agent = new Agent(ours, told, env);
  const decoder = new FrameDecoder((type, payload) => agent.frame(type, payload));
  ours.on("data", (chunk: Buffer) => decoder.push(chunk));
  ours.on("error", () => undefined);
  ours.on("close", () => agent.hangUp());
  theirs.on("error", () => undefined);
  theirs.on("close", () => ours.destroy());
  return theirs;
}

class Agent {
  readonly #stream: Duplex;
  readonly #env: NodeJS.ProcessEnv;
  readonly #told: Told;
  #child: ReturnType<typeof spawn> | null = null;
  #ended = false;

  constructor(stream: Duplex, told: Told, env: NodeJS.ProcessEnv) {
    this.#env = env;
    this.#stream = stream;
    this.#told = told;
  }

  frame(type: number, payload: Buffer): void {
    if (type === FrameType.START) this.#start(JSON.parse(payload.toString()));
    if (type === FrameType.RESIZE) this.#told.resizes.push(JSON.parse(payload.toString()));
    if (type === FrameType.SIGNAL) this.#signal(JSON.parse(payload.toString()).signal);
    if (type !== FrameType.STDIN) return;
    const stdin = this.#child?.stdin;
    if (payload.length === 0) stdin?.end();
    else if (stdin?.write(Buffer.from(payload)) === false) {
      this.#stream.pause();
      stdin.once("drain", () => this.#stream.resume());
    }
  }

  hangUp(): void {
    if (this.#ended) return;
    this.#told.hangUps += 1;
    this.#kill("SIGKILL");
  }

  #start(start: Start): void {
    this.#told.starts.push(start);
    const [program = "sh", ...args] = start.argv;
    const child = spawn(start.self === true ? AGENT : program, args, {
      argv0: program,
      cwd: start.cwd ?? "/",
      env: { PATH: process.env.PATH, ...this.#env, ...start.env },
      detached: true,
    });
    this.#child = child;
    child.stdin.on("error", () => this.#stream.resume());
    child.once("error", () =>
      this.#end(FrameType.ERROR, { code: "ERR_EXEC_NOT_FOUND", message: `${program}: not found` }),
    );
    child.once("spawn", () => this.#stream.write(encodeFrame(FrameType.STARTED, { pid: child.pid ?? 0 })));
    child.stdout.on("data", (chunk: Buffer) => this.#output(FrameType.STDOUT, chunk));
    child.stderr.on("data", (chunk: Buffer) => this.#output(FrameType.STDERR, chunk));
    child.once("close", (code, signal) => {
      this.#end(FrameType.EXIT, { code, signal: signal === null ? null : (signalNumbers[signal] ?? 0) });
    });
  }

  #output(type: number, chunk: Buffer): void {
    this.#stream.write(frameHeader(type as FrameType, chunk.length));
    if (this.#stream.write(chunk)) return;
    const outputs = [this.#child?.stdout, this.#child?.stderr];
    for (const output of outputs) output?.pause();
    this.#stream.once("drain", () => {
      for (const output of outputs) output?.resume();
    });
  }

  #signal(signal: number): void {
    this.#told.signals.push(signal);
    this.#kill(signal);
  }

  #kill(signal: number | NodeJS.Signals): void {
    try {
      if (this.#child?.pid !== undefined) process.kill(-this.#child.pid, signal);
    } catch {
      // It has ended meanwhile.
    }
  }

  #end(type: number, body: object): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#stream.write(encodeFrame(type as FrameType, body));
    this.#stream.end();
  }
}

const signalNumbers: Partial<Record<NodeJS.Signals, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGKILL: 9,
  SIGPIPE: 13,
  SIGTERM: 15,
};
