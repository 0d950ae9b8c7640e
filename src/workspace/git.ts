import { type ChildProcess, spawn } from "node:child_process";
import { Readable } from "node:stream";
import { BangerError, errorCode } from "../shared/errors.ts";
import { environmentFor, SETTINGS } from "./git-environment.ts";

export interface GitOptions {
  readonly gitDir?: string;
  readonly workTree?: string;
  readonly indexFile?: string;
  /** Where new objects are written, instead of below `gitDir`. */
  readonly objectDirectory?: string;
  /** Default: the root directory, so that no repository is found by chance. */
  readonly cwd?: string;
  /** Further settings, as `-c` takes them. */
  readonly config?: Readonly<Record<string, string>>;
  readonly input?: Buffer | string | Readable;
  /** Most bytes of standard output, 256 MiB by default; more is ERR_GIT_OUTPUT. */
  readonly maxBytes?: number;
  /** Ends git, and what it has started; the call rejects with its reason. */
  readonly signal?: AbortSignal | undefined;
  /** Exit statuses that are no error; 0 by default. */
  readonly accept?: readonly number[];
  /** For `git config` alone: the user's own configuration and the system's are read. */
  readonly home?: { readonly HOME: string; readonly XDG_CONFIG_HOME?: string | undefined };
  /** Each piece of standard error as it comes: progress. */
  readonly onStderr?: (text: string) => void;
}

export interface GitOutput {
  readonly status: number;
  readonly stdout: Buffer;
  readonly stderr: string;
}

const MAX_BYTES = 256 * 1024 ** 2;
const STDERR_TAIL = 4096;

/**
 * Runs git on a repository that may be hostile: fixed arguments, no shell, an environment of our own, no configuration file, no prompt,
 * no pager, and a session of its own, so that a Ctrl-C of the terminal reaches it only through `signal`.
 */
export class Git {
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #program: string;

  /** Of `env` only PATH and TMPDIR are used. */
  constructor(options: { env: Readonly<Record<string, string | undefined>>; program?: string }) {
    this.#env = options.env;
    this.#program = options.program ?? "git";
  }

  /** Runs git to its end. ERR_GIT (a status that is not accepted), ERR_GIT_MISSING, ERR_GIT_OUTPUT. */
  async run(args: readonly string[], options: GitOptions = {}): Promise<GitOutput> {
    const child = this.#start(args, options);
    const chunks: Buffer[] = [];
    let size = 0;
    let tooMuch = false;
    child.stdout?.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= (options.maxBytes ?? MAX_BYTES)) return void chunks.push(chunk);
      tooMuch = true;
      killGroup(child);
    });
    const ended = await this.#ended(child, args, { ...options, accept: null });
    if (tooMuch) {
      throw new BangerError("ERR_GIT_OUTPUT", `git ${args[0]} printed more than banger takes`, {
        next: "see whether the repository is what it should be",
      });
    }
    if (!(options.accept ?? [0]).includes(ended.status)) throw failed(args, ended);
    return { ...ended, stdout: Buffer.concat(chunks) };
  }

  /** Runs git with its output as a stream; `done` rejects as {@link run} does, and so does the stream. Destroying the stream ends git. */
  pipe(args: readonly string[], options: GitOptions = {}): { stdout: Readable; done: Promise<void> } {
    const child = this.#start(args, options);
    const stdout = child.stdout as Readable;
    stdout.once("close", () => {
      if (!stdout.readableEnded) killGroup(child);
    });
    const done = this.#ended(child, args, { ...options, accept: options.accept ?? [0] }).then(
      () => undefined,
    );
    done.catch((error: Error) => stdout.destroy(error));
    return { stdout, done };
  }

  #start(args: readonly string[], options: GitOptions): ChildProcess {
    options.signal?.throwIfAborted();
    const settings = Object.entries({ ...SETTINGS, ...options.config });
    const all = [
      "--no-pager",
      "--literal-pathspecs",
      ...settings.flatMap(([key, value]) => ["-c", `${key}=${value}`]),
      ...args,
    ];
    const child = spawn(this.#program, all, {
      cwd: options.cwd ?? options.workTree ?? "/",
      env: environmentFor(this.#env, options),
      detached: true,
      stdio: [options.input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    });
    feed(child, options.input);
    return child;
  }

  async #ended(
    child: ChildProcess,
    args: readonly string[],
    options: Omit<GitOptions, "accept"> & { accept: readonly number[] | null },
  ): Promise<{ status: number; stderr: string }> {
    const stop = () => killGroup(child);
    options.signal?.addEventListener("abort", stop, { once: true });
    let stderr = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      stderr = (stderr + text).slice(-STDERR_TAIL);
      options.onStderr?.(text);
    });
    try {
      const status = await new Promise<number>((resolve, reject) => {
        child.once("error", (cause) => reject(notStarted(cause)));
        child.once("close", (code, signal) => resolve(code ?? (signal === null ? 1 : 255)));
      });
      options.signal?.throwIfAborted();
      if (options.accept !== null && !options.accept.includes(status)) throw failed(args, { status, stderr });
      return { status, stderr };
    } finally {
      options.signal?.removeEventListener("abort", stop);
    }
  }
}

function feed(child: ChildProcess, input: GitOptions["input"]): void {
  // git may end before it has read everything; its status says what matters.
  child.stdin?.on("error", () => undefined);
  if (input instanceof Readable) {
    input.on("error", () => killGroup(child));
    if (child.stdin !== null) input.pipe(child.stdin);
  } else if (input !== undefined) {
    child.stdin?.end(input);
  }
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
}

function notStarted(cause: Error): BangerError {
  if (errorCode(cause) === "ENOENT") {
    return new BangerError("ERR_GIT_MISSING", "the program git is not installed", {
      next: "install it: sudo apt-get install git",
      cause,
    });
  }
  return new BangerError("ERR_GIT", `git could not be started: ${cause.message}`, { cause });
}

function failed(
  args: readonly string[],
  { status, stderr }: { status: number; stderr: string },
): BangerError {
  const said = reasonOf(stderr);
  return new BangerError(
    "ERR_GIT",
    `git ${args[0]} failed (exit status ${status})${said === "" ? "" : `: ${said}`}`,
    {
      next: "see whether git itself is content with it: `git status`, `git fsck`",
      details: { args: [...args], status },
    },
  );
}

/** What git calls an error; of several the first, as the others follow from it. All of its advice is for people who have typed a command. */
function reasonOf(stderr: string): string {
  const lines = stderr.trim().split("\n");
  const reason = lines.find((line) => /^(remote: )?(error|fatal): /.test(line));
  return reason ?? lines.slice(-2).join(" | ");
}
