import { setTimeout as sleep } from "node:timers/promises";
import type { HostError } from "../host-error.ts";

export interface Retry {
  /** The first counts. */
  readonly tries: number;
  /** Whether another try may do better: by errno, and by what the errno is about. */
  readonly again: (error: HostError) => boolean;
  /** Pauses are random, up to this, so that those who collided do not again; none before the first `atOnce` tries more. */
  readonly mostPauseMs: number;
  readonly atOnce: number;
  /** For tests; a real timer unless given. */
  readonly pause?: (milliseconds: number) => Promise<unknown>;
}

/** Runs `attempt` until it succeeds, fails otherwise than by what can pass, or has failed so often; then its last error is thrown; or until the signal is aborted: its reason is. */
export async function retrying<T>(retry: Retry, attempt: () => Promise<T>, signal?: AbortSignal): Promise<T> {
  const { pause = sleep } = retry;
  for (let count = 1; ; count += 1) {
    signal?.throwIfAborted();
    try {
      return await attempt();
    } catch (error) {
      if (count >= retry.tries || !retry.again(error as HostError)) throw error;
      if (count > retry.atOnce) await pause(Math.random() * retry.mostPauseMs);
    }
  }
}
