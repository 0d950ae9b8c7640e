import { type ChildProcess, spawn } from "node:child_process";
import path from "node:path";
import { COMPILED } from "../../../support/compiled.ts";

export const ENTRY = path.resolve(import.meta.dirname, "../../../../src/bin/banger.ts");

export interface ProgramOptions {
  readonly env: NodeJS.ProcessEnv;
  /** Default: empty. Null leaves stdin open. */
  readonly input?: Buffer | string | null;
  /** Default: the test's own. */
  readonly cwd?: string;
}

export interface Finished {
  /** As a shell would show it: a signal's is negative. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** A process whose output is collected while it runs. */
export class Program {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  readonly #stdout: Buffer[] = [];
  #stderr = "";

  constructor(program: string, args: readonly string[], options: ProgramOptions) {
    const { env, cwd } = options;
    const child = spawn(program, args, { env: { ...COMPILED, ...env }, cwd, stdio: "pipe" });
    this.child = child;
    child.stdout.on("data", (chunk: Buffer) => this.#stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => {
      this.#stderr += chunk.toString();
    });
    child.stdin.on("error", () => undefined);
    if (options.input !== null) child.stdin.end(options.input ?? "");
    this.finished = new Promise((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (status, signal) =>
        resolve({ status, signal, stdout: Buffer.concat(this.#stdout), stderr: this.#stderr }),
      );
    });
  }

  get output(): string {
    return this.#stderr + Buffer.concat(this.#stdout).toString();
  }

  /** Waits until the output so far matches; rejects when it ends without. */
  async until(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.output)) {
      const ended = await Promise.race([
        this.finished,
        new Promise((resolve) => setTimeout(resolve, 10, null)),
      ]);
      if (ended !== null && !pattern.test(this.output))
        throw new Error(`ended without ${pattern}: ${this.output}`);
    }
  }
}

/** The real CLI in a process of its own. */
export class Cli extends Program {
  constructor(args: readonly string[], options: ProgramOptions) {
    // Without the dashes Node takes an `--env-file` that is the CLI's for its own.
    super(process.execPath, ["--", ENTRY, ...args], options);
  }
}

export async function runCli(
  args: readonly string[],
  options: { env: NodeJS.ProcessEnv; input?: Buffer | string; cwd?: string },
): Promise<Finished & { text: string }> {
  const done = await new Cli(args, options).finished;
  return { ...done, text: done.stdout.toString() };
}
