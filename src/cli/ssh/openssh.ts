import { type ChildProcess, spawn } from "node:child_process";
import { BangerError, errorMessage } from "../../shared/errors.ts";
import { findOnPath } from "../../shared/find-program.ts";
import type { CliContext } from "../context.ts";
import { onEndSignals, statusOfSignal } from "../signals.ts";

/** OpenSSH's client on PATH, or null. */
export function findOpenssh(env: Readonly<Record<string, string | undefined>>): Promise<string | null> {
  return findOnPath("ssh", (env.PATH ?? "").split(":"));
}

/**
 * Runs it on our own terminal, with our environment (an agent's socket is there): all input, output and window changes are its own.
 * Resolves with its exit status, 128+n for signal n. ERR_SSH_START.
 */
export function runOpenssh(
  context: Pick<CliContext, "env" | "stdin" | "signals">,
  program: string,
  args: readonly string[],
): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: "inherit", env: { ...context.env } });
    const off = onEndSignals(context.signals, (signal) => passOn(context, child, signal));
    child.once("error", (cause) => {
      off();
      reject(
        new BangerError("ERR_SSH_START", `${program} does not start: ${errorMessage(cause)}`, { cause }),
      );
    });
    child.once("close", (code, signal) => {
      off();
      resolve(signal === null ? (code ?? 255) : statusOfSignal(signal));
    });
  });
}

/** A key of the terminal (Ctrl-C, Ctrl-\) reaches ssh by itself, as it is in our process group. */
function passOn({ stdin }: Pick<CliContext, "stdin">, child: ChildProcess, signal: NodeJS.Signals): void {
  const byKey = stdin.isTTY === true && (signal === "SIGINT" || signal === "SIGQUIT");
  if (!byKey) child.kill(signal);
}
