import { EventEmitter } from "node:events";
import {
  chmodSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { PassThrough } from "node:stream";
import { text } from "node:stream/consumers";
import { vmCp } from "../../../../src/cli/commands/vm/cp.ts";
import type { CliContext } from "../../../../src/cli/context.ts";
import { parseArgs } from "../../../../src/cli/parse.ts";
import { styleFor } from "../../../../src/cli/render/style.ts";
import { errorMessage } from "../../../../src/shared/errors.ts";
import { type Finished, runCli } from "./cli.ts";
import { FakeDaemon, VM } from "./daemon.ts";
import { openGuest } from "./guest.ts";

export type Side = "host" | "guest";

/** A daemon with one VM, whose files are this machine's: a copy is from one directory to another, by the real CLI and the real agent. */
export class CopyWorld implements AsyncDisposable {
  readonly daemon: FakeDaemon;
  readonly #scratch = mkdtempSync(path.join(tmpdir(), "bgr-cp-"));

  private constructor(daemon: FakeDaemon) {
    this.daemon = daemon;
    daemon.vms.set(VM.id, VM);
    mkdirSync(this.at("guest"));
    mkdirSync(this.at("host"));
  }

  static async open(): Promise<CopyWorld> {
    return new CopyWorld(await FakeDaemon.open());
  }

  /** `host/x`, `guest/x` */
  at(name: string): string {
    return path.join(this.#scratch, name);
  }

  /** As `vm cp` is told of it; an end of `/` or `/.` stays. */
  named(side: Side, name: string): string {
    return `${side === "guest" ? `${VM.name}:` : ""}${this.at(side)}/${name}`;
  }

  cp(args: string[], input: Buffer | string = ""): Promise<Finished & { text: string }> {
    return runCli(["vm", "cp", ...args], { env: this.daemon.env, input });
  }

  /** The same without a process for the CLI, which is most of the time that a copy takes. */
  async cpHere(args: string[]): Promise<{ status: number; stderr: string }> {
    const stderr = new PassThrough();
    const context = {
      ...{ stdin: PassThrough.from([]), stdout: new PassThrough(), stderr, signals: new EventEmitter() },
      style: { stdout: styleFor(false), stderr: styleFor(false) },
      withDaemon: (work: (client: unknown) => Promise<number>) =>
        work({ exec: async () => openGuest(this.daemon.told) }),
    } as unknown as CliContext;
    const status = await vmCp.run(context, parseArgs(vmCp, args)).catch((error: unknown) => {
      stderr.write(errorMessage(error));
      return 1;
    });
    stderr.end();
    return { status, stderr: await text(stderr) };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.daemon[Symbol.asyncDispose]();
    rmSync(this.#scratch, { recursive: true });
  }
}

/** What a tree is: kinds, modes, contents, links, by name. */
export function tree(directory: string): Record<string, string> {
  const found: Record<string, string> = {};
  const look = (name: string) => {
    const file = path.join(directory, name);
    const stat = lstatSync(file);
    const mode = (stat.mode & 0o7777).toString(8);
    if (stat.isDirectory()) found[name] = `directory ${mode}`;
    else if (stat.isSymbolicLink()) found[name] = `-> ${readlinkSync(file)}`;
    else found[name] = `${mode} ${readFileSync(file, "latin1")}`;
    if (stat.isDirectory()) for (const each of readdirSync(file)) look(path.join(name, each));
  };
  for (const each of readdirSync(directory)) look(each);
  return found;
}

export function makeTree(directory: string): void {
  mkdirSync(path.join(directory, "d/deep"), { recursive: true });
  chmodSync(path.join(directory, "d/deep"), 0o555);
  chmodSync(path.join(directory, "d/deep"), 0o755);
  writeFileSync(path.join(directory, "d/run"), "#!/bin/sh\n", { mode: 0o755 });
  writeFileSync(path.join(directory, "d/deep/note"), "hello", { mode: 0o640 });
  writeFileSync(path.join(directory, "d/empty"), "", { mode: 0o600 });
  writeFileSync(path.join(directory, `d/${"long".repeat(40)}`), "x".repeat(513), { mode: 0o644 });
  symlinkSync("deep/note", path.join(directory, "d/link"));
  symlinkSync("/nonexistent", path.join(directory, "d/dangling"));
  linkSync(path.join(directory, "d/run"), path.join(directory, "d/twin"));
  utimesSync(path.join(directory, "d/run"), 1_500_000_000, 1_500_000_000);
}
