import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";

/** What the C program says of one request. */
export interface Done {
  /** Its own account, by clock_gettime. */
  readonly ms: number;
  /** What it made: the name of a device. */
  readonly made: string;
}

/** The plain C program, one process for all requests, which are answered in order. */
export class Reference {
  readonly #child: ChildProcess;
  readonly #waiting: { request: string; resolve: (done: Done) => void; reject: (error: Error) => void }[] =
    [];

  private constructor(program: string) {
    this.#child = spawn(program, { stdio: ["pipe", "pipe", "inherit"] });
    const lines = createInterface({ input: this.#child.stdout as NodeJS.ReadableStream });
    lines.on("line", (line) => this.#answered(line));
    this.#child.once("exit", (status, signal) => {
      for (const { request, reject } of this.#waiting.splice(0))
        reject(new Error(`the C program ended with ${status ?? signal} at: ${request}`));
    });
  }

  /** Compiles it in `directory`, as the floor's init is. */
  static start(directory: string): Reference {
    const program = path.join(directory, "reference");
    const sources = path.join(import.meta.dirname, "c");
    const files = readdirSync(sources).filter((name) => name.endsWith(".c"));
    const flags = ["-std=gnu11", "-O2", "-Wall", "-Wextra", "-Werror", "-o", program];
    execFileSync("gcc", [...flags, ...files.map((name) => path.join(sources, name))]);
    return new Reference(program);
  }

  do(request: string): Promise<Done> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ request, resolve, reject });
      this.#child.stdin?.write(`${request}\n`);
    });
  }

  close(): void {
    this.#child.stdin?.end();
  }

  #answered(line: string): void {
    const next = this.#waiting.shift();
    if (next === undefined) return;
    const [time = "", ...made] = line.split(" ");
    if (/^\d+$/.test(time)) next.resolve({ ms: Number(time) / 1e6, made: made.join(" ") });
    else next.reject(new Error(`C, ${next.request}: ${line}`));
  }
}
