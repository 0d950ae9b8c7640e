import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, stat } from "node:fs/promises";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { buffer } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { type AgentClient, connectAgent } from "../../../src/guest/agent/agent-client.ts";
import { ExecSession } from "../../../src/shared/exec/exec-session.ts";
import type { ExecExit, ExecSpec } from "../../../src/shared/exec/exec-spec.ts";

const BINARY = path.join(import.meta.dirname, "../../../build/agent/banger-agent");
export const BOOT_TOKEN = "00112233445566778899aabbccddeeff";

/** The real static binary on this host, as the agent of no guest. */
export class HostAgent {
  readonly socketPath: string;
  /** Behaves as the virtio-serial port: sessions begin with the reset token. */
  readonly portPath: string;
  readonly process: ChildProcess;
  readonly #directory: string;
  readonly #clients: AgentClient[] = [];

  private constructor(directory: string) {
    this.#directory = directory;
    this.socketPath = path.join(directory, "agent.sock");
    this.portPath = path.join(directory, "port.sock");
    const paths = ["--listen-unix", this.socketPath, "--listen-port", this.portPath];
    this.process = spawn(BINARY, ["agent", ...paths, "--boot-token", BOOT_TOKEN], { stdio: "inherit" });
  }

  static async start(): Promise<HostAgent> {
    if (!existsSync(BINARY)) throw new Error(`${BINARY} is missing: run "make build" first`);
    const agent = new HostAgent(await mkdtemp(path.join(os.tmpdir(), "banger-agent-")));
    while (!(await connects(agent.portPath))) {
      if (agent.process.exitCode !== null) throw new Error("the agent ended at once");
      await sleep(5);
    }
    return agent;
  }

  async connect(): Promise<AgentClient> {
    const client = await connectAgent({ socketPath: this.socketPath, bootToken: null });
    this.#clients.push(client);
    return client;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const client of this.#clients) client.close();
    this.process.kill("SIGKILL");
    if (this.process.exitCode === null && this.process.signalCode === null) await once(this.process, "exit");
    await rm(this.#directory, { recursive: true, force: true });
  }
}

async function connects(socketPath: string): Promise<boolean> {
  const there = await stat(socketPath).catch(() => null);
  if (!there) return false;
  const socket = net.connect(socketPath);
  return new Promise((resolve) => {
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
  }).finally(() => socket.destroy()) as Promise<boolean>;
}

export interface Finished extends ExecExit {
  readonly stdout: Buffer;
  readonly stderr: string;
}

/** Runs a command to its end. */
export async function run(
  client: AgentClient,
  spec: ExecSpec,
  input: Buffer | string = "",
): Promise<Finished> {
  const exec = new ExecSession(client.openExec());
  exec.start(spec);
  exec.stdin.end(input);
  const [exit, stdout, stderr] = await Promise.all([exec.exit, buffer(exec.stdout), buffer(exec.stderr)]);
  return { ...exit, stdout, stderr: stderr.toString() };
}

export function sh(client: AgentClient, script: string, spec: Partial<ExecSpec> = {}): Promise<Finished> {
  return run(client, { argv: ["sh", "-c", script], ...spec });
}

/** Reads `stream` until what has come holds `text`. */
export async function waitFor(exec: ExecSession, text: string): Promise<string> {
  let seen = "";
  for await (const chunk of exec.stdout.iterator({ destroyOnReturn: false })) {
    seen += String(chunk);
    if (seen.includes(text)) return seen;
  }
  throw new Error(`ended without ${text}: ${seen}`);
}

/** Resolves once no process with this pid is left (zombies count as gone). */
export async function gone(pid: number): Promise<void> {
  while (true) {
    const state = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => null);
    if (state === null || state.slice(state.lastIndexOf(")") + 2).startsWith("Z")) return;
    await sleep(10);
  }
}
