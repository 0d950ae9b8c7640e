import { type ChildProcess, spawn } from "node:child_process";
import path from "node:path";

export const ENTRY = path.resolve(import.meta.dirname, "../../../../src/bin/banger.ts");

export interface Finished {
  /** As a shell would show it: a signal's is negative. */
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** The real CLI in a process of its own. */
export class Cli {
  readonly child: ChildProcess;
  readonly finished: Promise<Finished>;
  readonly #stdout: Buffer[] = [];
  #stderr = "";

  constructor(args: readonly string[], options: { env: NodeJS.ProcessEnv; input?: Buffer | string | null }) {
    // Without the dashes Node takes an `--env-file` that is the CLI's for its own.
    const child = spawn(process.execPath, ["--", ENTRY, ...args], { env: options.env, stdio: "pipe" });
    this.child = child;
    child.stdout.on("data", (chunk: Buffer) => this.#stdout.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => {
      this.#stderr += chunk.toString();
    });
    child.stdin.on("error", () => undefined);
    // Null leaves stdin open.
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

  /** Waits until the output so far matches; rejects when the CLI ends without. */
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

export async function runCli(
  args: readonly string[],
  options: { env: NodeJS.ProcessEnv; input?: Buffer | string },
): Promise<Finished & { text: string }> {
  const done = await new Cli(args, options).finished;
  return { ...done, text: done.stdout.toString() };
}
