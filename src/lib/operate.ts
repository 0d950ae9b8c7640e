import type { OperationEvent } from "../domain/operation.ts";
import type { RpcClient } from "../rpc/client.ts";
import type { OperationStarted } from "../rpc/contract.ts";
import { watchToEnd } from "../rpc/operations.ts";
import { errorCode } from "../shared/errors.ts";

/** How long work is watched, and ended. */
export interface WorkOptions {
  /**
   * Cancels it. What it has made so far is undone first; then it rejects with the signal's reason. Work that cannot be undone any more
   * resolves all the same.
   */
  readonly signal?: AbortSignal | undefined;
  /** Notes, warnings and stages, as they come. */
  readonly onEvent?: ((event: OperationEvent) => void) | undefined;
}

/**
 * Begins an operation and waits for its end: its result, or its error thrown. `undo` takes away what has come to be although it was
 * cancelled: the cancel came too late.
 */
export async function operate<T>(
  rpc: Pick<RpcClient, "call" | "watch">,
  begin: () => Promise<OperationStarted>,
  { signal, onEvent = () => undefined }: WorkOptions,
  undo?: (result: T) => Promise<void>,
): Promise<T> {
  signal?.throwIfAborted();
  const { operationId } = await begin();
  let asked: Promise<unknown> = Promise.resolve();
  const cancel = () => {
    // Lost with the connection, which ends the watching too, and that says so.
    asked = rpc.call("operation.cancel", { operationId }).catch(() => undefined);
  };
  if (signal?.aborted === true) cancel();
  signal?.addEventListener("abort", cancel, { once: true });
  try {
    const result = await watchToEnd<T>(rpc, operationId, onEvent);
    if (signal?.aborted !== true || undo === undefined) return result;
    await asked;
    await undo(result);
  } catch (error) {
    if (signal?.aborted !== true || errorCode(error) !== "ERR_CANCELLED") throw error;
  } finally {
    signal?.removeEventListener("abort", cancel);
  }
  throw signal?.reason;
}
