import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { BangerError } from "../shared/errors.ts";
import type { ExecSession } from "../shared/exec/exec-session.ts";
import { type ExecExit, type ExecSpec, exitStatus } from "../shared/exec/exec-spec.ts";

/** A guest's output is the guest's to choose: this much of both together is kept unless the caller says otherwise. */
const MAX_OUTPUT_BYTES = 64 << 20;

/** How a command is run in a guest. */
export interface ExecOptions extends Omit<ExecSpec, "argv" | "tty"> {
  /** Its stdin, to the end; empty unless given. */
  readonly input?: string | Uint8Array | AsyncIterable<Uint8Array> | undefined;
  /** Bytes of stdout and stderr together, 64 MiB unless given; more is ERR_EXEC_OUTPUT, and the command is hung up. */
  readonly maxOutputBytes?: number | undefined;
  /** `system`: only when the guest's init reports that it is up. `agent` unless given. */
  readonly wait?: "agent" | "system" | undefined;
  /** Hangs the command up; rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

/** How a command ended, and what it said. */
export interface ExecResult extends ExecExit {
  /** As a shell would show it: the exit status, or 128 + n when signal n ended it. */
  readonly status: number;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/** Runs one command to its end. Rejects with its ERR_EXEC_* code when it could not start, with ERR_EXEC_OUTPUT and ERR_EXEC_LOST. */
export async function runToEnd(
  session: ExecSession,
  spec: ExecSpec,
  { input = "", maxOutputBytes = MAX_OUTPUT_BYTES }: ExecOptions,
): Promise<ExecResult> {
  const room = { bytes: maxOutputBytes };
  session.start(spec);
  // Why a command does not read its stdin is its own affair.
  const feeding = pipeline(
    typeof input === "string" || input instanceof Uint8Array ? [input] : input,
    session.stdin,
  ).catch(() => undefined);
  try {
    const [exit, stdout, stderr] = await Promise.all([
      session.exit,
      collect(session.stdout, room),
      collect(session.stderr, room),
    ]);
    return { ...exit, status: exitStatus(exit), stdout, stderr };
  } catch (error) {
    session.hangUp();
    throw error;
  } finally {
    session.stdin.destroy();
    await feeding;
  }
}

async function collect(output: Readable, room: { bytes: number }): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of output as AsyncIterable<Buffer>) {
    room.bytes -= chunk.length;
    if (room.bytes < 0) {
      throw new BangerError("ERR_EXEC_OUTPUT", "the command said more than `maxOutputBytes`", {
        next: "raise it, or read the output as it comes: `vm.session()`",
      });
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
