import { setTimeout as sleep } from "node:timers/promises";
import type { ProcessExit } from "../../host/host-ops.ts";
import { errorCode } from "../../shared/errors.ts";
import { diedError, hungError } from "./start-errors.ts";

/** A VMM that has not built its machine by then hangs. It takes tens of milliseconds, seconds in an emulated machine; the host may stand still meanwhile. */
const START_TIMEOUT_MS = 180_000;
/** Between the moment in which a dying VMM's sockets break and its end. */
const LAST_WORDS_MS = 10_000;

export interface StartingVmm {
  /** For a person. */
  readonly program: string;
  readonly vmmLog: string;
  readonly exit: Promise<ProcessExit>;
  /** What {@link running} waits for first; its error is told as it is. */
  readonly filled: Promise<unknown>;
  /** Resolves when the machine runs; gives up on the signal (the VMM's end, or the timeout). */
  readonly running: (signal: AbortSignal) => Promise<void>;
  /** Ends the VMM and takes its traces away. */
  readonly undo: () => Promise<void>;
  /** Codes of errors of `running` that say more than the exit does; a socket that breaks is only how a death shows first. */
  readonly telling: readonly string[];
}

/** Waits until a VMM that was spawned runs its machine, or undoes it. ERR_VMM_DIED at once when it ends (VMM-3), ERR_VMM_HUNG. */
export async function untilRunning(vmm: StartingVmm): Promise<void> {
  const { program, vmmLog, exit } = vmm;
  const ended = new AbortController();
  const died = exit.then(async (result) => {
    ended.abort(result);
    throw await diedError(program, result, vmmLog);
  });
  // The VM may end (or the daemon stop waiting) long after this start.
  died.catch(() => undefined);
  let unfilled: unknown;
  vmm.filled.catch((error) => {
    unfilled = error;
  });
  const timeout = new AbortController();
  const hung = Promise.withResolvers<never>();
  hung.promise.catch(() => undefined);
  const timer = setTimeout(() => {
    const error = hungError(program, vmmLog, START_TIMEOUT_MS);
    hung.reject(error);
    timeout.abort(error);
  }, START_TIMEOUT_MS);
  try {
    await Promise.race([vmm.running(AbortSignal.any([ended.signal, timeout.signal])), died, hung.promise]);
  } catch (error) {
    const tells =
      error === unfilled || ["ERR_VMM_DIED", "ERR_VMM_HUNG", ...vmm.telling].includes(errorCode(error));
    // Its own end, with its last words, says more than one by our signal.
    if (!tells) await Promise.race([exit, sleep(LAST_WORDS_MS, undefined, { ref: false })]);
    await vmm.undo();
    if (tells) throw error;
    throw await diedError(program, await exit, vmmLog, error);
  } finally {
    clearTimeout(timer);
  }
}
