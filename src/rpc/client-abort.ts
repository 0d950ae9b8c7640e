import type { ClientHttp2Stream } from "node:http2";
import { BangerError } from "../shared/errors.ts";

/** A stream that its signal has ended fails with the signal's reason. */
export class AbortedError extends BangerError {
  constructor(cause: unknown) {
    super("ERR_ABORTED", "aborted", { cause });
    this.name = "AbortError";
  }
}

export function isAbort(error: unknown): boolean {
  return error instanceof AbortedError;
}

/** An aborted signal explains an early end better than the loss that follows from it. */
export function unlessAborted(lost: (cause?: unknown) => Error): (cause: unknown) => Error {
  return (cause) => (isAbort(cause) ? (cause as Error) : lost(cause));
}

export function cancelWith(stream: ClientHttp2Stream, signal: AbortSignal): void {
  const abort = () => stream.destroy(new AbortedError(signal.reason));
  signal.addEventListener("abort", abort, { once: true });
  stream.once("close", () => signal.removeEventListener("abort", abort));
}
