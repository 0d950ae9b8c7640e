import type { ChildProcess } from "node:child_process";
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import type { UndoScope } from "../../../../src/shared/undo.ts";
import { eventually } from "../../../e2e/support/run.ts";
import { arpRequest, isArpReplyTo } from "./frames.ts";

/** The program of a wire, static: it runs in a guest too. */
export function buildProbe(directory: string): string {
  const probe = path.join(directory, "probe");
  const source = path.join(import.meta.dirname, "probe.cc");
  execFileSync("g++", ["-std=c++17", "-O1", "-static", "-o", probe, source]);
  return probe;
}

/** A link with the probe on it, wherever that runs: every frame that comes in is seen, and any can be sent. */
export class Wire {
  readonly seen: Buffer[] = [];
  readonly name: string;
  readonly #child: ChildProcess;
  readonly #ended: Promise<unknown>;
  #isEnded = false;
  #asked = 0;

  /** The probe, with a pipe on its input and its output. */
  constructor(name: string, child: ChildProcess) {
    this.name = name;
    this.#child = child;
    // That it has ended is told otherwise.
    child.stdin?.on("error", () => undefined);
    this.#ended = once(child, "close").then(() => {
      this.#isEnded = true;
    });
  }

  /** One that sees what comes, and is closed with the scope. */
  static open(scope: UndoScope, name: string, child: ChildProcess): Promise<Wire> {
    const wire = new Wire(name, child);
    scope.defer(name, () => wire.close());
    return wire.ready();
  }

  async ready(): Promise<this> {
    const lines = createInterface(this.#child.stdout as Readable);
    await Promise.race([once(lines, "line"), this.#ended]);
    this.#check();
    lines.on("line", (line) => this.seen.push(Buffer.from(line, "hex")));
    return this;
  }

  send(...frames: Buffer[]): void {
    this.#check();
    for (const frame of frames) (this.#child.stdin as Writable).write(`${frame.toString("hex")}\n`);
  }

  /** Frames that have the text somewhere. */
  with(text: string): Buffer[] {
    return this.seen.filter((frame) => frame.includes(text));
  }

  /**
   * All that was sent before has come to the other end, whoever lets it go on from there: a question by ARP follows it, which no packet
   * filter keeps from its answer. `address` is one of the other end's.
   */
  async sent(mac: string, address: string): Promise<void> {
    this.#asked += 1;
    const count = this.#asked;
    this.send(arpRequest(mac, address));
    const answers = () => this.seen.filter((frame) => isArpReplyTo(frame, mac)).length;
    await eventually(async () => answers() >= count, `${this.name} is answered by ${address}`);
  }

  /** Waits until the text is seen; `again` sends it. */
  async sees(text: string, again: () => void): Promise<void> {
    await eventually(async () => {
      this.#check();
      again();
      return this.with(text).length > 0;
    }, `${this.name} sees ${text}`);
  }

  async close(): Promise<void> {
    (this.#child.stdin as Writable).end();
    await this.#ended;
  }

  #check(): void {
    if (this.#isEnded) throw new Error(`the probe of ${this.name} has ended`);
  }
}
