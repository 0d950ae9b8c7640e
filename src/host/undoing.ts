import { HostError } from "./host-error.ts";
import { toHostError } from "./native-error.ts";

/**
 * Takes back what `error` left half made, and gives the error to throw: `error`, whatever becomes of this; with both as its cause where
 * the release failed too, and `next`, what then takes it away. What is not a HostError (the reason of an abort) is its thrower's.
 */
export async function undoing(
  error: unknown,
  release: () => Promise<unknown>,
  next?: string,
): Promise<unknown> {
  try {
    await release();
    return error;
  } catch (second) {
    if (!(error instanceof HostError)) return error;
    const { code, errnoCode, syscall, object, detail } = error;
    const left = toHostError(second, object);
    const words = `and what was made is still there: ${left.message}`;
    return new HostError({
      code,
      errnoCode,
      syscall,
      object,
      detail: detail === "" ? words : `${detail}, ${words}`,
      ...(next === undefined ? {} : { next }),
      cause: new AggregateError([error, left]),
    });
  }
}
