import type { ErrorBody } from "../domain/operation.ts";
import { BangerError, errorCode, errorMessage } from "./errors.ts";

/** An error as the wire carries it. What is not a BangerError keeps its code and sentence, and has no next step. */
export function toErrorBody(error: unknown): ErrorBody {
  if (error instanceof AggregateError && error.errors.length > 0) {
    const [first, ...rest] = error.errors as unknown[];
    const body = toErrorBody(first);
    if (rest.length === 0) return body;
    return { ...body, message: `${body.message} (and while undoing: ${rest.map(explain).join("; ")})` };
  }
  if (error instanceof BangerError) {
    return { code: error.code, message: error.message, next: error.next, details: error.details };
  }
  return { code: errorCode(error), message: errorMessage(error) };
}

/** The error that an ErrorBody stands for, on the client's side. */
export function fromErrorBody(body: ErrorBody): BangerError {
  const code = body.code.startsWith("ERR_") ? (body.code as `ERR_${string}`) : (`ERR_${body.code}` as const);
  return new BangerError(code, body.message, {
    ...(body.next === undefined ? {} : { next: body.next }),
    ...(body.details === undefined ? {} : { details: body.details }),
  });
}

function explain(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  return cause === undefined ? errorMessage(error) : `${errorMessage(error)}: ${errorMessage(cause)}`;
}
