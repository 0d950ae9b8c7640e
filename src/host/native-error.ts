import { errnoName, HostError, type HostErrorCode } from "./host-error.ts";

interface SystemErrorLike {
  errno: number;
  syscall: string;
  object?: string;
  path?: string;
  detail?: string;
}

function isSystemError(error: unknown): error is SystemErrorLike {
  return error instanceof Error && "errno" in error && typeof error.errno === "number" && "syscall" in error;
}

/** What an errno means in one place, where it is not what it means elsewhere: `{ EBUSY: "ERR_HOST_EXISTS" }`; with the next step, where there is one. */
export type Meanings = Partial<Record<string, HostErrorCode | { code: HostErrorCode; next: string }>>;

/** The one place where errors of the addon and of node:fs become HostErrors. */
export function toHostError(error: unknown, object: string, meanings: Meanings = {}): HostError {
  if (error instanceof HostError) return error;
  if (!isSystemError(error)) {
    // A TypeError or RangeError of the addon: an argument that cannot be.
    return new HostError({
      errnoCode: "EINVAL",
      syscall: "call",
      object,
      detail: error instanceof Error ? error.message : String(error),
      cause: error,
    });
  }
  const errnoCode = errnoName(error.errno);
  const meaning = meanings[errnoCode];
  return new HostError({
    errnoCode,
    syscall: error.syscall,
    object: error.object ?? error.path ?? object,
    ...(error.detail === undefined ? {} : { detail: error.detail }),
    ...(typeof meaning === "string" ? { code: meaning } : meaning),
    cause: error,
  });
}

/** Runs one operation; what it throws comes out as a HostError about `object`. */
export async function host<T>(object: string, run: () => T | Promise<T>, meanings?: Meanings): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw toHostError(error, object, meanings);
  }
}
