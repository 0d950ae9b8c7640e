import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";

export interface Finished {
  /** Exit status, or null when a signal ended it. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** A started program whose output is collected while it runs. */
export class Running {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  #stderr = "";
  #stdout: Buffer[] = [];

  constructor(program: string, args: readonly string[], options: SpawnOptions & { input?: Buffer | string }) {
    this.child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"], ...options });
    this.child.stdout?.on("data", (chunk: Buffer) => this.#stdout.push(chunk));
    this.child.stderr?.on("data", (chunk: Buffer) => {
      this.#stderr += chunk.toString();
    });
    // A program that ends before it has read everything is part of what is tested.
    this.child.stdin?.on("error", () => undefined);
    if (options.input !== undefined) this.child.stdin?.end(options.input);
    this.finished = new Promise((resolve, reject) => {
      this.child.once("error", reject);
      this.child.once("close", (status, signal) => {
        resolve({ status, signal, stdout: Buffer.concat(this.#stdout), stderr: this.#stderr });
      });
    });
  }

  get stderr(): string {
    return this.#stderr;
  }

  get stdout(): string {
    return Buffer.concat(this.#stdout).toString();
  }

  /** Waits until the output so far (either stream) matches; rejects with it when the program ends first. */
  async until(pattern: RegExp): Promise<void> {
    for (;;) {
      if (pattern.test(this.#stderr) || pattern.test(this.stdout)) return;
      const ended = await Promise.race([this.finished.then(() => true), pause(20).then(() => false)]);
      if (ended && !pattern.test(this.#stderr) && !pattern.test(this.stdout)) {
        throw new Error(`ended without ${pattern}: ${this.#stderr}\n${this.stdout}`);
      }
    }
  }
}

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

/** Runs a program to its end; a status other than 0 is an error with what it printed. */
export async function mustRun(
  program: string,
  args: readonly string[],
  options: SpawnOptions = {},
): Promise<string> {
  const done = await new Running(program, args, { ...options, input: "" }).finished;
  if (done.status !== 0)
    throw new Error(`${program} ${args.join(" ")} ended with ${done.status}: ${done.stderr}`);
  return done.stdout.toString();
}

/** After this time what is waited for hangs, in milliseconds: no host may be so slow. */
const HANGS_MS = 300_000;

/**
 * Waits until `check` gives something other than null or false, which is asked again and again: after 20 ms, or as long as it took, so that
 * what is waited for has half of the CPU at least. For conditions that must come true, however late.
 */
export async function eventually<T>(check: () => Promise<T | null | false>, what: string): Promise<T> {
  const deadline = performance.now() + HANGS_MS;
  for (;;) {
    const asked = performance.now();
    const value = await check();
    if (value !== null && value !== false) return value;
    if (asked > deadline) throw new Error(`${what}: not within ${HANGS_MS / 1_000} s`);
    await pause(Math.min(Math.max(performance.now() - asked, 20), 1_000));
  }
}
