import type { RpcClient } from "../rpc/client.ts";
import type { OperationStarted } from "../rpc/contract.ts";
import { watchToEnd } from "../rpc/operations.ts";
import { errorCode } from "../shared/errors.ts";
import type { CliContext } from "./context.ts";
import { say } from "./output.ts";
import { type Progress, progressFor, SILENT } from "./render/progress.ts";
import { type EndSignal, Interrupted, onEndSignals, statusOfSignal } from "./signals.ts";

export interface FollowOptions<T = unknown> {
  readonly client: Pick<RpcClient, "call" | "watch">;
  /** The call that begins the operation: from here on a signal cancels instead of killing. */
  readonly begin: () => Promise<OperationStarted>;
  readonly quiet?: boolean;
  /** Undoes what has come to be although it was cancelled: the cancel came too late. */
  readonly undo?: (result: unknown) => Promise<void>;
  /** Where nothing is undone: shows what was done although it was cancelled, and resolves with what is said of the rest. */
  readonly late?: (result: T) => Promise<string>;
  /** Ends the process at once; for a second Ctrl-C. */
  readonly exit?: (status: number) => void;
}

/**
 * Shows an operation until it ends and returns its result, or throws its error. The first Ctrl-C (or SIGTERM, SIGHUP) cancels it, waits
 * until everything is undone, and throws {@link Interrupted}; the second ends the process at once (VM-5).
 */
export async function followOperation<T>(context: CliContext, options: FollowOptions<T>): Promise<T> {
  const progress = options.quiet === true ? SILENT : progressOf(context);
  const id = Promise.withResolvers<string>();
  const cancel = cancelOnSignal(context, options, id.promise, progress);
  try {
    const { operationId } = await options.begin();
    id.resolve(operationId);
    const result = await watchToEnd<T>(options.client, operationId, (event) => {
      // That a cancelled stage failed is no news.
      if (cancel.signal === null || event.type !== "stage" || event.state !== "failed") progress.event(event);
    });
    await cancel.settled();
    if (cancel.signal === null) return result;
    progress.end();
    throw interrupted(context, cancel.signal, await tooLate(options, result));
  } catch (error) {
    if (cancel.signal === null || errorCode(error) !== "ERR_CANCELLED") throw error;
    progress.end();
    throw interrupted(context, cancel.signal, NOTHING_LEFT);
  } finally {
    cancel.release();
    progress.end();
  }
}

const NOTHING_LEFT = "cancelled; nothing is left";

/** It has ended although it was cancelled. Resolves with what to say. */
async function tooLate<T>({ undo, late }: FollowOptions<T>, result: T): Promise<string> {
  if (undo !== undefined) return undo(result).then(() => NOTHING_LEFT);
  return late === undefined ? "it was done before it could be cancelled" : late(result);
}

function interrupted(context: CliContext, signal: EndSignal, text: string): Interrupted {
  say(context, text);
  return new Interrupted(signal);
}

export function progressOf(context: Pick<CliContext, "stderr" | "style">): Progress {
  return progressFor({
    output: context.stderr,
    style: context.style.stderr,
    now: () => performance.now(),
    every: (ms, tick) => {
      const timer = setInterval(tick, ms);
      return () => clearInterval(timer);
    },
  });
}

interface Cancel {
  signal: EndSignal | null;
  /** Resolves when the request to cancel, if there was one, is answered. */
  settled(): Promise<void>;
  release(): void;
}

function cancelOnSignal(
  context: CliContext,
  options: Pick<FollowOptions, "client" | "exit">,
  id: Promise<string>,
  progress: Progress,
): Cancel {
  let asked: Promise<unknown> = Promise.resolve();
  const exit = options.exit ?? ((status: number) => process.exit(status));
  const cancel: Cancel = { signal: null, settled: () => asked.then(() => undefined), release: () => off() };
  const off = onEndSignals(context.signals, (signal) => {
    if (cancel.signal !== null) {
      progress.end();
      exit(statusOfSignal(signal));
      return;
    }
    cancel.signal = signal;
    progress.event({ type: "note", text: "cancelling; once more to leave at once" });
    // Lost with the connection, which ends the watching too, and that one says so.
    asked = id
      .then((operationId) => options.client.call("operation.cancel", { operationId }))
      .catch(() => undefined);
  });
  return cancel;
}
