import { closeSync, fstatSync, writeSync } from "node:fs";
import type { ErrorBody } from "../domain/operation.ts";

/** What a starting daemon tells whoever started it: one line of JSON, once. */
export type Readiness = { ready: true } | { error: ErrorBody };

const READY_FD = 3;

/**
 * How to tell it: on descriptor 3 where that is a socket that a parent gave us (what Node's `stdio: "pipe"` is). Called before
 * anything is opened, so that no descriptor of our own is mistaken for it. Null where nobody waits (a shell, systemd).
 */
export function readinessChannel(
  env: Readonly<Record<string, string | undefined>>,
): ((readiness: Readiness) => void) | null {
  if (env.LISTEN_FDS !== undefined || !isSocket(READY_FD)) return null;
  return (readiness) => {
    try {
      writeSync(READY_FD, `${JSON.stringify(readiness)}\n`);
      closeSync(READY_FD);
    } catch {
      // Whoever started us did not wait.
    }
  };
}

function isSocket(fd: number): boolean {
  try {
    return fstatSync(fd).isSocket();
  } catch {
    return false;
  }
}
