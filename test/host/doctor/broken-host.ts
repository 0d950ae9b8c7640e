import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { DoctorCheck, DoctorReport } from "../../../src/domain/doctor.ts";
import { COMPILED } from "../../support/compiled.ts";

const PROGRAMS = path.resolve(import.meta.dirname, "../../../src/bin");
const DAEMON = path.join(PROGRAMS, "bangerd.ts");

/**
 * A host to break: mount and network namespaces of its own, in which `doctor` and the commands that it advises run. What is mounted, made
 * and routed there is gone with it.
 */
export class BrokenHost {
  readonly directory: string;
  readonly #holder: ChildProcess;

  private constructor(directory: string, holder: ChildProcess) {
    this.directory = directory;
    this.#holder = holder;
  }

  static async open(): Promise<BrokenHost> {
    const directory = mkdtempSync(path.join(tmpdir(), "doctor-"));
    const script = "ip link set lo up && echo ready && exec sleep infinity";
    const holder = spawn("unshare", ["--mount", "--net", "--propagation", "private", "sh", "-c", script]);
    await new Promise<void>((resolve, reject) => {
      holder.stdout.once("data", () => resolve());
      holder.once("close", () => reject(new Error("no namespaces")));
    });
    return new BrokenHost(directory, holder);
  }

  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.#holder.once("close", resolve));
    this.#holder.kill("SIGKILL");
    await ended;
    rmSync(this.directory, { recursive: true, force: true });
  }

  get state(): string {
    return path.join(this.directory, "state", "banger");
  }

  get runtime(): string {
    return path.join(this.directory, "run");
  }

  configure(toml: string): void {
    const directory = path.join(this.directory, "config", "banger");
    mkdirSync(directory, { recursive: true });
    writeFileSync(path.join(directory, "config.toml"), toml);
  }

  /** A root shell on this host; rejects with what it said when a command fails. */
  async sh(script: string): Promise<string> {
    const { status, stdout, stderr } = await this.#enter(["sh", "-ec", script], {});
    if (status !== 0) throw new Error(`"${script}" ended with ${status}: ${stderr}`);
    return stdout;
  }

  async report(
    env: Record<string, string> = {},
    as: readonly string[] = [],
  ): Promise<Map<string, DoctorCheck>> {
    const done = await this.#enter([...as, process.execPath, DAEMON, "doctor"], env);
    if (done.status !== 0) throw new Error(`doctor ended with ${done.status}: ${done.stderr}`);
    const { checks } = JSON.parse(done.stdout) as DoctorReport;
    return new Map(checks.map((check) => [check.id, check]));
  }

  /** The CLI itself. */
  banger(...args: string[]): Promise<{ status: number | null; stdout: string; stderr: string }> {
    return this.#enter([process.execPath, path.join(PROGRAMS, "banger.ts"), ...args], {});
  }

  async check(id: string, env: Record<string, string> = {}): Promise<DoctorCheck> {
    const found = (await this.report(env)).get(id);
    if (found === undefined) throw new Error(`there is no line ${id}`);
    return found;
  }

  #enter(argv: readonly string[], env: Record<string, string>) {
    const target = ["--target", String(this.#holder.pid), "--mount", "--net"];
    // By env(1), since nsenter itself is found on PATH.
    const settings = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    const child = spawn("nsenter", [...target, "--", "env", ...settings, ...argv], {
      env: this.#environment(),
    });
    let [stdout, stderr] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
    });
    child.stderr.on("data", (chunk: Buffer) => {
      stderr += chunk.toString();
    });
    return new Promise<{ status: number | null; stdout: string; stderr: string }>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (status) => resolve({ status, stdout, stderr }));
    });
  }

  #environment(): NodeJS.ProcessEnv {
    return {
      ...COMPILED,
      PATH: process.env.PATH,
      HOME: this.directory,
      XDG_CONFIG_HOME: path.join(this.directory, "config"),
      XDG_STATE_HOME: path.join(this.directory, "state"),
      XDG_CACHE_HOME: path.join(this.directory, "cache"),
      BANGER_RUNTIME_DIR: this.runtime,
    };
  }
}
