import type { Addon } from "./addon.ts";

type Calls = readonly (() => Promise<unknown>)[];
type Results<T extends Calls> = { -readonly [K in keyof T]: Awaited<ReturnType<T[K]>> };

/**
 * Operations of the addon, done in their order by one hop to the thread pool. Rejects with the error of the first that failed, when all that
 * were begun are over; those behind it were not begun.
 */
export async function inOneGo<const T extends Calls>(addon: Addon, calls: T): Promise<Results<T>> {
  const started: Promise<unknown>[] = [];
  try {
    addon.inOneGo(() => {
      for (const call of calls) started.push(call());
    });
  } finally {
    await Promise.allSettled(started);
  }
  return (await Promise.all(started)) as Results<T>;
}
