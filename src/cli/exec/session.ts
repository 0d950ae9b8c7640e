import { formatDuration } from "../../shared/duration.ts";
import type { ExecSession } from "../../shared/exec/exec-session.ts";
import { exitStatus } from "../../shared/exec/exec-spec.ts";
import type { CliContext } from "../context.ts";
import { say, writeAll } from "../output.ts";
import { onEndSignals, signalNumber, statusOfSignal } from "../signals.ts";
import type { ExecRequest } from "./options.ts";
import { attachTerminal } from "./terminal.ts";

/** A second signal of one kind within this time means it: the command is hung up. */
const IMPATIENT_MS = 2_000;
/** Between SIGTERM, SIGKILL and hanging up, once `--timeout` is over. */
const GRACE_MS = 2_000;
/** As timeout(1). */
const TIMED_OUT = 124;

/** Why we ended the command ourselves; the status that says so. */
interface Verdict {
  status: number | null;
}

/**
 * Runs one command: the process's stdin, stdout, stderr, signals and window are the command's until it ends. Resolves with the exit
 * status once all output is written; rejects with ERR_EXEC_* when it could not start, ERR_EXEC_LOST when the connection ended, and with
 * EPIPE when nobody reads our stdout any more.
 */
export async function runSession(
  context: CliContext,
  session: ExecSession,
  request: ExecRequest,
): Promise<number> {
  const verdict: Verdict = { status: null };
  const tty = request.spec.tty !== null && request.spec.tty !== undefined;
  const releases = [
    tty ? attachTerminal(context, session) : () => undefined,
    onEndSignals(context.signals, signalHandler(session, verdict, tty)),
    attachStdin(context, session),
  ];
  session.start(request.spec);
  if (request.timeoutMs !== null) {
    releases.push(endAfter(context, session, verdict, request.timeoutMs));
  }
  try {
    const [exit] = await Promise.all([
      session.exit,
      copyStdout(context, session),
      copyStderr(context, session),
    ]);
    return verdict.status ?? exitStatus(exit);
  } catch (error) {
    session.hangUp();
    if (verdict.status !== null) return verdict.status;
    throw error;
  } finally {
    for (const release of releases.reverse()) release();
  }
}

function attachStdin({ stdin }: CliContext, session: ExecSession): () => void {
  // A stdin that cannot be read (a terminal that hung up) is one that has ended.
  const failed = () => session.stdin.end();
  stdin.on("error", failed);
  stdin.pipe(session.stdin);
  return () => {
    stdin.off("error", failed);
    stdin.unpipe(session.stdin);
    stdin.pause();
  };
}

/** Bytes go on as the reader takes them: a slow one holds the guest's command back. */
async function copyStdout({ stdout }: CliContext, session: ExecSession): Promise<void> {
  for await (const chunk of session.stdout) await writeAll(stdout, chunk as Buffer);
}

/** A stderr that nobody reads any more is no reason to end the command. */
async function copyStderr({ stderr }: CliContext, session: ExecSession): Promise<void> {
  for await (const chunk of session.stderr) {
    await writeAll(stderr, chunk as Buffer).catch(() => undefined);
  }
}

/**
 * Without a terminal the command gets our signals. With one its keys come as bytes, so a signal to us is about us: the session ends, as
 * when a terminal is closed.
 */
function signalHandler(session: ExecSession, verdict: Verdict, tty: boolean) {
  const last = new Map<string, number>();
  return (signal: Parameters<typeof statusOfSignal>[0]) => {
    const before = last.get(signal);
    last.set(signal, performance.now());
    const impatient = before !== undefined && performance.now() - before < IMPATIENT_MS;
    if (!tty && !impatient) return session.signal(signalNumber(signal));
    verdict.status = statusOfSignal(signal);
    session.hangUp();
  };
}

/** SIGTERM, then SIGKILL, then a hang-up, for a command that reads neither signals nor stdin. */
function endAfter(
  context: CliContext,
  session: ExecSession,
  verdict: Verdict,
  timeoutMs: number,
): () => void {
  const steps = [
    () => {
      verdict.status = TIMED_OUT;
      say(context, `banger: the command took longer than ${formatDuration(timeoutMs)} and is ended`);
      session.signal(signalNumber("SIGTERM"));
    },
    () => session.signal(signalNumber("SIGKILL")),
    () => session.hangUp(),
  ];
  const timers = steps.map((step, index) => setTimeout(step, timeoutMs + index * GRACE_MS));
  return () => {
    for (const timer of timers) clearTimeout(timer);
  };
}
