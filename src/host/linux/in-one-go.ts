import { HostError } from "../host-error.ts";
import { type Meanings, toHostError } from "../native-error.ts";
import type { Addon } from "./addon.ts";

type Calls = readonly (() => Promise<unknown>)[];
type Results<T extends Calls> = { -readonly [K in keyof T]: Awaited<ReturnType<T[K]>> };

/**
 * Operations of the addon, done in their order by one hop to a thread. Rejects with the error of the first that failed, as a HostError
 * about `object`; those behind it were not begun. An argument that the addon refuses at once keeps all of them from being begun.
 * `meanings` are those of the operation that failed, by its number and its error.
 */
export async function inOneGo<const T extends Calls>(
  addon: Addon,
  object: string,
  calls: T,
  meanings: (done: number, error: unknown) => Meanings = () => ({}),
): Promise<Results<T>> {
  try {
    return (await addon.inOneGo(() => calls.map((call) => call()))) as Results<T>;
  } catch (error) {
    throw toHostError(error, object, meanings(doneBefore(error), error));
  }
}

/** How many were done before what {@link inOneGo} rejects with. */
export function doneBefore(error: unknown): number {
  if (error instanceof HostError) return doneBefore(error.cause);
  return error instanceof Error && "done" in error && typeof error.done === "number" ? error.done : 0;
}
