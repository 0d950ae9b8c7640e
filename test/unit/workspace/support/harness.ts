import { spawn } from "node:child_process";
import type { GuestCommand } from "../../../../src/workspace/export/run.ts";

/** What git and sh get in tests: nothing of the machine's or its user's configuration. */
export const CLEAN: NodeJS.ProcessEnv = {
  PATH: process.env.PATH,
  HOME: "/nonexistent",
  GIT_CONFIG_NOSYSTEM: "1",
  GIT_CONFIG_GLOBAL: "/dev/null",
  GIT_AUTHOR_DATE: "2026-01-01T00:00:00Z",
  GIT_COMMITTER_DATE: "2026-01-01T00:00:00Z",
};

/** A shell of this machine stands for the guest's. */
export function localCommand(argv: readonly string[]): GuestCommand {
  const [program = "", ...args] = argv;
  const child = spawn(program, args, { env: CLEAN, stdio: ["ignore", "pipe", "pipe"] });
  const exit = new Promise<{ code: number | null; signal: number | null }>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal: signal === null ? null : 1 }));
  });
  exit.catch(() => undefined);
  return { stdout: child.stdout, stderr: child.stderr, exit, hangUp: () => child.kill("SIGHUP") };
}

/** Runs a script of bytes (latin1) in `cwd`, and gives what it prints. */
export async function sh(cwd: string, script: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  const child = spawn("sh", ["-s"], { cwd, env: { ...CLEAN, ...env }, stdio: ["pipe", "pipe", "pipe"] });
  let stdout = "";
  let stderr = "";
  child.stdout.setEncoding("latin1").on("data", (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding("latin1").on("data", (text: string) => {
    stderr += text;
  });
  child.stdin.end(Buffer.from(script, "latin1"));
  const status = await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (status !== 0) throw new Error(`${script}\nended with ${status}: ${stderr}`);
  return stdout;
}
