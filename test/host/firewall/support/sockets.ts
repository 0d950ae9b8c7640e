import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import type { UndoScope } from "../../../../src/shared/undo.ts";
import { eventually } from "../../../e2e/support/run.ts";

export type Bound = readonly [type: "udp4" | "udp6", address: string, port: number];

/** Sockets of a host, in whatever network namespace, that tell what reaches them. What is sent is sent by the first. */
export class HostSockets {
  /** `<port> <text>` */
  readonly received: string[] = [];
  readonly #child: ChildProcess & { stdin: NodeJS.WritableStream };
  readonly #ended: Promise<unknown>;

  private constructor(child: ChildProcess & { stdin: NodeJS.WritableStream }) {
    this.#child = child;
    this.#ended = once(child, "close");
  }

  /** Closed with the scope. `before`: a command that runs another one there. */
  static async open(
    scope: UndoScope,
    bound: readonly Bound[],
    before: readonly string[] = [],
  ): Promise<HostSockets> {
    const program = path.join(import.meta.dirname, "listener.ts");
    const argv = [...before, process.execPath, program, ...bound.flat().map(String)];
    const child = spawn(argv[0] as string, argv.slice(1), { stdio: ["pipe", "pipe", "inherit"] });
    const sockets = new HostSockets(child);
    scope.defer("sockets", () => sockets.close());
    const lines = createInterface(child.stdout);
    const first = await Promise.race([once(lines, "line"), sockets.#ended]);
    if (!Array.isArray(first) || first[0] !== "ready") throw new Error(`no sockets at ${bound.join("; ")}`);
    lines.on("line", (line) => sockets.received.push((JSON.parse(line) as [number, string]).join(" ")));
    return sockets;
  }

  send(address: string, port: number, text: string): void {
    this.#child.stdin.write(`${JSON.stringify([address, port, text])}\n`);
  }

  /** All that has come is told: what is sent now is. */
  async settled(port: number, text: string): Promise<void> {
    // Somebody's firewall that is loaded anew may drop one.
    await eventually(async () => {
      this.send("127.0.0.1", port, text);
      return this.received.includes(`${port} ${text}`);
    }, "the host hears itself");
  }

  async close(): Promise<void> {
    this.#child.stdin.end();
    await this.#ended;
  }
}
