import { existsSync, mkdtempSync, readdirSync } from "node:fs";
import { copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { COMPILED } from "../../support/compiled.ts";
import { expectNothing, type Inventory, processesIn, tables, takeInventory } from "./inventory.ts";
import { eventually, type Finished, mustRun, Running } from "./run.ts";

export const ROOT = path.resolve(import.meta.dirname, "../../..");
export const CLI = path.join(ROOT, "build/bin/banger");
/** State with the default image and kernel in it, made once by the global set-up and never run in. */
export const BASE = path.join(ROOT, "build/e2e/base");

/** An environment of banger's own below one directory: nothing of the user's is read or written. */
export function environment(directory: string, runtime: string): NodeJS.ProcessEnv {
  return {
    PATH: process.env.PATH,
    HOME: path.join(directory, "home"),
    LANG: "C.UTF-8",
    TERM: "dumb",
    XDG_CONFIG_HOME: path.join(directory, "config"),
    XDG_STATE_HOME: path.join(directory, "state"),
    XDG_CACHE_HOME: path.join(directory, "cache"),
    BANGER_RUNTIME_DIR: runtime,
    // Under emulation a start is mostly that of Node.
    ...(process.env.BANGER_LAB === "1" ? COMPILED : {}),
  };
}

/** However slow or busy the host is; a guest that dies is told at once, and no test is about this. */
const BOOT_TIMEOUT = 'boot_timeout = "20m"\n';

/** A line of {@link processesIn} that is the daemon's. */
const DAEMON = /\/bangerd\.\w+$/;
/** A line of {@link processesIn} that is a VMM's. */
const VMM_OF = /^\d+ \S*(qemu-system|firecracker)/;

export interface SandboxOptions {
  /** Without the pulled image and kernel. */
  empty?: boolean;
  config?: string;
  /** Where its directories go; default below the project's build directory. */
  parent?: string;
}

/**
 * One banger of its own: directories, a network namespace in which daemon, VMMs and TAPs live, and the built CLI. A test takes the
 * inventory before and after, and `close` fails the test when something is left.
 */
export class Sandbox {
  readonly directory: string;
  readonly state: string;
  readonly runtime: string;
  readonly netns: string;
  readonly env: NodeJS.ProcessEnv;

  private constructor(directory: string) {
    this.directory = directory;
    this.state = path.join(directory, "state", "banger");
    const id = path.basename(directory);
    // Short, since sockets live there; below /run, as the real one.
    this.runtime = `/run/banger-test/${id}`;
    this.netns = `bgr-${id}`;
    this.env = environment(directory, this.runtime);
  }

  static async open(options: SandboxOptions = {}): Promise<Sandbox> {
    const parent = options.parent ?? path.join(ROOT, "build/e2e");
    await mkdir(parent, { recursive: true });
    await mkdir("/run/banger-test", { recursive: true, mode: 0o755 });
    const sandbox = new Sandbox(mkdtempSync(path.join(parent, "s-")));
    await mkdir(path.join(sandbox.directory, "home"));
    await mkdir(sandbox.state, { recursive: true });
    if (options.empty !== true) await sandbox.#seed(options.parent !== undefined);
    await sandbox.configure(options.config ?? "");
    await mustRun("ip", ["netns", "add", sandbox.netns]);
    await mustRun("ip", ["-n", sandbox.netns, "link", "set", "lo", "up"]);
    return sandbox;
  }

  /** Image and kernel of the base state: hard links where they are on one filesystem, so that a sandbox costs milliseconds. */
  async #seed(otherFilesystem: boolean): Promise<void> {
    const base = path.join(BASE, "state", "banger");
    for (const part of ["images", "kernels"]) {
      const target = path.join(this.state, part);
      const how = otherFilesystem ? "--sparse=always" : "--link";
      await mustRun("cp", ["--archive", how, path.join(base, part), target]);
    }
    await copyFile(path.join(base, "state.db"), path.join(this.state, "state.db"));
  }

  /** Writes config.toml, with time enough for a boot. A daemon that runs does not read it again. */
  async configure(toml: string): Promise<void> {
    const directory = path.join(this.directory, "config", "banger");
    await mkdir(directory, { recursive: true });
    await writeFile(path.join(directory, "config.toml"), `${BOOT_TIMEOUT}${toml}`);
  }

  /** Starts the CLI in the sandbox's network namespace. */
  start(
    args: readonly string[],
    options: { input?: Buffer | string; env?: NodeJS.ProcessEnv } = {},
  ): Running {
    return new Running("nsenter", [`--net=/run/netns/${this.netns}`, CLI, ...args], {
      env: { ...this.env, ...options.env },
      ...(options.input === undefined ? {} : { input: options.input }),
    });
  }

  /** Runs the CLI to its end, with empty standard input unless given. */
  run(
    args: readonly string[],
    options: { input?: Buffer | string; env?: NodeJS.ProcessEnv } = {},
  ): Promise<Finished> {
    return this.start(args, { input: "", ...options }).finished;
  }

  /** Runs the CLI and expects status 0. */
  async ok(...args: string[]): Promise<string> {
    const done = await this.run(args);
    if (done.status !== 0)
      throw new Error(`banger ${args.join(" ")} ended with ${done.status}: ${done.stderr}${done.stdout}`);
    return done.stdout.toString();
  }

  async json<T>(...args: string[]): Promise<T> {
    return JSON.parse(await this.ok(...args, "--json")) as T;
  }

  inventory(): Promise<Inventory> {
    return takeInventory(this);
  }

  async daemonPid(): Promise<number> {
    const status = await this.json<{ pid: number }>("daemon", "status");
    return status.pid;
  }

  /** SIGKILL for the daemon, and its end. */
  async killDaemon(): Promise<void> {
    const daemons = () => processesIn(this.netns).filter((line) => DAEMON.test(line));
    for (const line of daemons()) process.kill(Number(line.split(" ")[0]), "SIGKILL");
    await eventually(async () => daemons().length === 0, "the daemon ends");
  }

  /** The VMM's pid of a VM, from the kernel's own list: no other program has its id on its command line and its name at the front. */
  vmmPid(vmId: string): number {
    const line = processesIn(this.netns).find((each) => VMM_OF.test(each) && each.includes(vmId));
    if (line === undefined) throw new Error(`no VMM of ${vmId}: ${processesIn(this.netns).join("\n")}`);
    return Number(line.split(" ")[0]);
  }

  daemonLog(): Promise<string> {
    return readFile(path.join(this.state, "logs", "daemon.log"), "utf8").catch(() => "");
  }

  /** Empty also before the first VM. */
  vmDirectories(): string[] {
    const directory = path.join(this.state, "vms");
    return existsSync(directory) ? readdirSync(directory) : [];
  }

  /** Deletes all VMs but those named: what a test that failed half-way has left would be the next one's trouble. */
  async deleteVms(...but: string[]): Promise<void> {
    if (this.vmDirectories().length === 0) return;
    const others = async () => {
      const all = await this.json<{ id: string; name: string }[]>("vm", "list", "--all");
      return all.filter(({ name }) => !but.includes(name)).map(({ id }) => id);
    };
    const ids = await others();
    if (ids.length === 0) return;
    const { status, stderr } = await this.run(["vm", "rm", "--force", ...ids]);
    // A VM of `--rm` whose client has just ended may go by itself between the list and the deletion.
    if (status !== 0 && (await others()).length > 0) throw new Error(stderr);
  }

  /**
   * Stops everything of this sandbox that still runs, by pid, and removes it whole. Where no VM was left, the daemon must have left
   * nothing either: what is found is an error, after the clean-up.
   */
  async close(): Promise<void> {
    await this.run(["daemon", "stop", "--force"]).catch(() => undefined);
    // A client that was told of the end may take a moment for its own.
    if (this.vmDirectories().length === 0)
      await eventually(async () => processesIn(this.netns).length === 0, "all programs end").catch(
        () => undefined,
      );
    const left = { ...(await this.inventory()), nft: await tables(this.netns) };
    for (const line of processesIn(this.netns)) {
      try {
        process.kill(Number(line.split(" ")[0]), "SIGKILL");
      } catch {}
    }
    await eventually(async () => processesIn(this.netns).length === 0, "the sandbox's processes end");
    await mustRun("ip", ["netns", "delete", this.netns]);
    await rm(this.runtime, { recursive: true, force: true });
    await rm(this.directory, { recursive: true, force: true });
    if (left.vms.length === 0) expectNothing(left);
  }
}
