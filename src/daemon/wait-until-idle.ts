import { setTimeout as sleep } from "node:timers/promises";

const POLL_MS = 25;

/** Waits until `count` is zero, at most `limitMs`. Polled: it is asked once in a daemon's life, at its end. */
export async function waitUntilIdle(count: () => number, limitMs: number): Promise<void> {
  const deadline = performance.now() + limitMs;
  while (count() > 0 && performance.now() < deadline) await sleep(POLL_MS);
}
