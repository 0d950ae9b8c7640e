/**
 * The one error type that crosses banger's own borders: a stable code, one sentence for a person, and the next step.
 * Code matches on `code`, never on `message`.
 */
export interface BangerErrorOptions {
  /** What the person should do next: one sentence, often a command. */
  next?: string;
  /** Machine-readable facts (the VM's id, the candidates of an ambiguous ref, ...). Never a secret. */
  details?: Record<string, unknown>;
  cause?: unknown;
}

/** An error that its receiver can act on: `code` (`ERR_…`) is stable, the message one sentence, `next` what to do. */
export class BangerError extends Error {
  readonly code: `ERR_${string}`;
  readonly next: string | undefined;
  readonly details: Record<string, unknown>;

  constructor(code: `ERR_${string}`, message: string, options: BangerErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = "BangerError";
    this.code = code;
    this.next = options.next;
    this.details = options.details ?? {};
  }
}

/** The code of anything thrown: a BangerError's, a Node system error's, else `ERR_INTERNAL`. */
export function errorCode(error: unknown): string {
  if (typeof error === "object" && error !== null && "code" in error && typeof error.code === "string") {
    return error.code;
  }
  return "ERR_INTERNAL";
}

export function errorMessage(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
