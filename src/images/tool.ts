import { type ChildProcess, spawn } from "node:child_process";
import { constants, createWriteStream } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { StringDecoder } from "node:string_decoder";
import { BangerError } from "../shared/errors.ts";

/** The Debian package of each helper program: what an error tells the user to install. */
const PACKAGES: Readonly<Record<string, string>> = {
  chroot: "coreutils",
  "mkfs.ext4": "e2fsprogs",
  mmdebstrap: "mmdebstrap",
  setpriv: "util-linux",
  unshare: "util-linux",
  xz: "xz-utils",
};

/** Where Debian keeps administrators' programs; a user's or a service's PATH often lacks these. */
const SYSTEM_DIRECTORIES = ["/usr/local/sbin", "/usr/sbin", "/sbin", "/usr/local/bin", "/usr/bin", "/bin"];

const STDERR_TAIL_BYTES = 4096;

export interface ToolOptions {
  /** Abort kills the whole process group; the call then rejects with `signal.reason`. */
  signal: AbortSignal;
  /** All output is appended to this file. */
  logFile: string;
  onStderrLine?: (line: string) => void;
  onStdoutLine?: (line: string) => void;
  cwd?: string;
  /** Added to a minimal environment (PATH, HOME, LC_ALL=C.UTF-8, and the proxy settings of ours). */
  env?: Readonly<Record<string, string>>;
  /** Written to stdin, which is then closed; without it stdin is /dev/null. */
  input?: Uint8Array;
  /** Runs the program as the first process of a pid and mount namespace of its own: with it die all its children and mounts. */
  contained?: boolean;
}

/**
 * Finds a program in PATH or the system's directories.
 * @throws BangerError ERR_TOOL_MISSING, naming the Debian package.
 */
export async function findTool(program: string): Promise<string> {
  const path = (process.env.PATH ?? "").split(delimiter).filter((entry) => entry.startsWith("/"));
  for (const directory of [...path, ...SYSTEM_DIRECTORIES]) {
    const candidate = join(directory, program);
    try {
      await access(candidate, constants.X_OK);
      return candidate;
    } catch {
      // Not here: try the next directory.
    }
  }
  const debianPackage = PACKAGES[program] ?? program;
  throw new BangerError("ERR_TOOL_MISSING", `the program ${program} is not installed`, {
    next: `Install it: sudo apt-get install ${debianPackage}`,
    details: { program, package: debianPackage },
  });
}

/**
 * Runs a helper program to its end: no shell, a session of its own, and no life longer than ours (PR_SET_PDEATHSIG
 * through setpriv(1), so that a SIGKILL of banger ends it too).
 * @throws BangerError ERR_TOOL_MISSING, ERR_TOOL_FAILED (with the tail of stderr); `signal.reason` when aborted.
 */
export async function runTool(program: string, args: readonly string[], options: ToolOptions): Promise<void> {
  options.signal.throwIfAborted();
  const setpriv = await findTool("setpriv");
  const path = await findTool(program);
  // unshare(1) is not exec'ed away here: it dies by PDEATHSIG and, by --kill-child, takes the pid namespace along.
  const container = options.contained
    ? [await findTool("unshare"), "--mount", "--pid", "--fork", "--kill-child=KILL", "--mount-proc", "--"]
    : [];
  const child = spawn(setpriv, ["--pdeathsig", "KILL", "--", ...container, path, ...args], {
    cwd: options.cwd ?? "/",
    env: toolEnvironment(options.env),
    detached: true,
    stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
  });
  const kill = () => killGroup(child);
  options.signal.addEventListener("abort", kill, { once: true });
  try {
    const { code, signal, tail } = await collect(child, options, `$ ${program} ${args.join(" ")}\n`);
    options.signal.throwIfAborted();
    if (code !== 0) throw toolFailed(program, code, signal, tail, options.logFile);
  } finally {
    options.signal.removeEventListener("abort", kill);
  }
}

function toolFailed(
  program: string,
  code: number | null,
  signal: string | null,
  tail: string,
  logFile: string,
) {
  const how = signal === null ? `exit status ${code}` : `signal ${signal}`;
  const last = tail.trimEnd().split("\n").slice(-3).join(" | ");
  return new BangerError("ERR_TOOL_FAILED", `${program} failed (${how})${last ? `: ${last}` : ""}`, {
    next: `read its output in ${logFile}`,
    details: { program, exitCode: code, signal, stderrTail: tail, logFile },
  });
}

async function collect(child: ChildProcess, options: ToolOptions, heading: string) {
  const log = createWriteStream(options.logFile, { flags: "a", mode: 0o600 });
  // A log that cannot be written must not fail the work; the tail is in the error anyway.
  log.on("error", () => {});
  log.write(heading);
  let tail = "";
  child.stdout?.on("data", (chunk: Buffer) => log.write(chunk));
  child.stderr?.on("data", (chunk: Buffer) => {
    log.write(chunk);
    tail = (tail + chunk.toString("utf8")).slice(-STDERR_TAIL_BYTES);
  });
  if (child.stdout && options.onStdoutLine) eachLine(child.stdout, options.onStdoutLine);
  if (child.stderr && options.onStderrLine) eachLine(child.stderr, options.onStderrLine);
  if (child.stdin && options.input !== undefined) {
    child.stdin.on("error", () => {}); // EPIPE: the program ended first; its status says what matters.
    child.stdin.end(options.input);
  }
  try {
    return await new Promise<{ code: number | null; signal: NodeJS.Signals | null; tail: string }>(
      (resolve, reject) => {
        child.once("error", reject);
        child.once("close", (code, signal) => resolve({ code, signal, tail }));
      },
    );
  } finally {
    await new Promise<void>((resolve) => log.end(() => resolve()).once("error", () => resolve()));
  }
}

function eachLine(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  const decoder = new StringDecoder("utf8");
  let rest = "";
  stream.on("data", (chunk: Buffer) => {
    const lines = (rest + decoder.write(chunk)).split(/[\r\n]+/);
    rest = lines.pop() ?? "";
    for (const line of lines) if (line !== "") onLine(line);
  });
  stream.on("end", () => {
    if (rest !== "") onLine(rest);
  });
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // ESRCH: it ended by itself in this very moment.
  }
}

function toolEnvironment(extra: Readonly<Record<string, string>> = {}): Record<string, string> {
  const environment: Record<string, string> = {
    PATH: SYSTEM_DIRECTORIES.join(delimiter),
    HOME: process.env.HOME ?? "/",
    LC_ALL: "C.UTF-8",
  };
  for (const name of [
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "TMPDIR",
  ]) {
    const value = process.env[name];
    if (value !== undefined) environment[name] = value;
  }
  return { ...environment, ...extra };
}
