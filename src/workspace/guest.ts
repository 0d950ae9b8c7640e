import type { Duplex, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { BangerError } from "../shared/errors.ts";
import { ExecSession } from "../shared/exec/exec-session.ts";
import { exitStatus } from "../shared/exec/exec-spec.ts";

/** Opens a stream to the guest's agent, as `RpcClient.exec` does. */
export type OpenExec = (options: { signal?: AbortSignal | undefined }) => Promise<Duplex>;

export interface Guest {
  readonly open: OpenExec;
  /** Where the checkout's directory is; `/root` by default, something else in tests that have no guest. */
  readonly home?: string;
}

export interface GuestRun {
  readonly input?: Buffer | Readable;
  /** Most bytes of standard output: a guest may lie, but not fill our memory. 1 MiB by default; more is ERR_GUEST_OUTPUT. */
  readonly maxBytes?: number;
  /** Hangs the command up; the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** All of `input` is with the guest: from now on `signal` is not heard any more, so that what has begun there is whole. */
  readonly onSent?: () => void;
}

export interface GuestDone {
  readonly status: number;
  readonly stdout: Buffer;
  /** Its tail. */
  readonly stderr: string;
}

/** What is thrown where a script was ended, and not by us. */
export function guestEnded(what: string): BangerError {
  return new BangerError("ERR_GUEST_ENDED", `${what} was ended by the guest, as when the VM is stopped`, {
    next: "see what became of it: `banger vm list --all`; then try again",
  });
}

const MAX_BYTES = 1024 ** 2;
const STDERR_TAIL = 4096;

/** Runs a command as the guest's root, without a terminal. ERR_GUEST_OUTPUT, ERR_EXEC_*, ERR_VM_NOT_RUNNING. */
export async function guestRun(
  open: OpenExec,
  argv: readonly string[],
  run: GuestRun = {},
): Promise<GuestDone> {
  const session = new ExecSession(await open({ signal: run.signal }));
  let deaf = false;
  const hangUp = () => {
    if (!deaf) session.hangUp();
  };
  run.signal?.addEventListener("abort", hangUp, { once: true });
  try {
    run.signal?.throwIfAborted(); // while the stream was opened
    session.start({ argv, env: { LC_ALL: "C" }, cwd: "/", user: "0:0" });
    const sent = feed(session, run).then((whole) => {
      if (whole) deaf = true;
      if (whole) run.onSent?.();
    });
    const [exit, stdout, stderr] = await Promise.all([
      session.exit,
      collect(session.stdout, run.maxBytes ?? MAX_BYTES, session),
      tail(session.stderr),
      sent,
    ]);
    return { status: exitStatus(exit), stdout, stderr };
  } catch (error) {
    session.hangUp();
    run.signal?.throwIfAborted();
    throw error;
  } finally {
    run.signal?.removeEventListener("abort", hangUp);
  }
}

/** Whether all of it went: a command may end before it has read everything, and then its status says why. */
async function feed(session: ExecSession, { input, signal }: GuestRun): Promise<boolean> {
  if (input === undefined || Buffer.isBuffer(input)) {
    session.stdin.end(input ?? Buffer.alloc(0));
    return false;
  }
  // What reads files may fail, and its error is the one to tell; without it the guest would wait for the rest.
  let failure: Error | null = null;
  input.once("error", (error) => {
    failure = error;
  });
  const ended = session.exit.then(
    () => input.destroy(),
    () => input.destroy(),
  );
  try {
    await pipeline(input, session.stdin, { signal: signal ?? new AbortController().signal });
    return true;
  } catch {
    if (failure !== null) throw failure;
    signal?.throwIfAborted();
    await ended;
    return false;
  }
}

async function collect(output: Readable, maxBytes: number, session: ExecSession): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of output) {
    size += (chunk as Buffer).length;
    if (size > maxBytes) {
      session.hangUp();
      throw new BangerError("ERR_GUEST_OUTPUT", "the guest printed more than banger takes", {
        next: "look at /root/repo in the guest: `banger vm shell <vm>`",
      });
    }
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

async function tail(output: Readable): Promise<string> {
  let text = "";
  for await (const chunk of output) text = (text + (chunk as Buffer).toString("utf8")).slice(-STDERR_TAIL);
  return text;
}
