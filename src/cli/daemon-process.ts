import { execFile, spawn } from "node:child_process";
import { existsSync, realpathSync } from "node:fs";
import path from "node:path";
import type { Readable } from "node:stream";
import type { ErrorBody } from "../domain/operation.ts";
import { fromErrorBody } from "../shared/error-body.ts";
import { BangerError, errorMessage } from "../shared/errors.ts";

/** Most bytes of the readiness line that are read. */
const MAX_LINE_BYTES = 64 * 1024;

export interface DaemonProgram {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The file that this CLI runs from (`process.argv[1]`). */
  readonly entry: string;
}

/** Where the daemon's program is: `BANGER_DAEMON`, else next to the CLI, built or as sources. ERR_DAEMON_MISSING. */
export function findDaemon({ env, entry }: DaemonProgram): string {
  const override = env.BANGER_DAEMON ?? "";
  if (override !== "") return override;
  const directory = path.dirname(existsSync(entry) ? realpathSync(entry) : entry);
  const candidates = ["bangerd.js", "bangerd.cjs", "bangerd.mjs", "../lib/bangerd.js", "bangerd.ts"];
  const found = candidates.map((name) => path.join(directory, name)).find((file) => existsSync(file));
  if (found !== undefined) return found;
  throw new BangerError("ERR_DAEMON_MISSING", `the daemon's program is not in ${directory}`, {
    next: "install banger anew, or name the program in BANGER_DAEMON",
  });
}

/**
 * Starts the daemon in a session of its own, without any of our descriptors but a pipe (its descriptor 3) on which it says one line
 * when it serves, `{"ready":true}`, or why it does not, `{"error":{...}}`. Throws the daemon's own error, or ERR_DAEMON_START.
 */
export async function startDaemon(program: DaemonProgram): Promise<void> {
  const file = findDaemon(program);
  const child = spawn(process.execPath, [file], {
    cwd: "/",
    detached: true,
    stdio: ["ignore", "ignore", "ignore", "pipe"],
  });
  const failed = new Promise<never>((_, reject) => {
    child.once("error", (cause) => reject(cannotStart(file, errorMessage(cause), cause)));
  });
  const pipe = child.stdio[3] as Readable;
  try {
    checkLine(file, await Promise.race([failed, firstLine(pipe)]));
  } finally {
    pipe.destroy();
    child.unref();
  }
}

/** What the daemon's program may print for one report. */
const MAX_REPORT_BYTES = 4 * 1024 * 1024;

/** `bangerd doctor`, run to its end: what it prints. It starts no daemon. ERR_DAEMON_START where the program does not run. */
export function runDaemonDoctor(program: DaemonProgram): Promise<string> {
  const file = findDaemon(program);
  return new Promise((resolve, reject) => {
    const options = { cwd: "/", maxBuffer: MAX_REPORT_BYTES } as const;
    execFile(process.execPath, [file, "doctor"], options, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      const said = stderr.trim().split("\n").slice(-3).join(" | ");
      reject(cannotStart(file, said === "" ? errorMessage(error) : said, error));
    });
  });
}

/** The first line, or what came before the pipe's end: the daemon has ended then. */
async function firstLine(pipe: Readable): Promise<string> {
  let text = "";
  pipe.setEncoding("utf8");
  for await (const chunk of pipe) {
    text += chunk as string;
    if (text.includes("\n") || text.length > MAX_LINE_BYTES) break;
  }
  return text.split("\n")[0] ?? "";
}

function checkLine(file: string, line: string): void {
  if (line === "") throw cannotStart(file, "it ended before it was ready");
  const said = readLine(line);
  if (said?.ready === true) return;
  if (typeof said?.error === "object") throw fromErrorBody(said.error);
  throw cannotStart(file, `it said "${line.slice(0, 200)}"`);
}

function readLine(line: string): { ready?: boolean; error?: ErrorBody } | null {
  try {
    return JSON.parse(line) as { ready?: boolean; error?: ErrorBody } | null;
  } catch {
    return null;
  }
}

function cannotStart(file: string, reason: string, cause?: unknown): BangerError {
  return new BangerError("ERR_DAEMON_START", `the daemon could not be started: ${reason}`, {
    next: `see \`banger daemon logs\`, or run it in the foreground: ${process.execPath} ${file}`,
    ...(cause === undefined ? {} : { cause }),
  });
}
