import type { ErrorBody, OperationEvent } from "../domain/operation.ts";
import type { BulkResult, OperationSummary } from "../rpc/contract.ts";
import { toErrorBody } from "../shared/error-body.ts";
import { BangerError } from "../shared/errors.ts";

/** What the summary of an operation is made from. */
export interface OperationRecord {
  readonly id: string;
  readonly kind: string;
  readonly subject: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly events: readonly OperationEvent[];
}

export function summariseOperation(operation: OperationRecord): OperationSummary {
  const { id, kind, subject, startedAt, endedAt, events } = operation;
  return { id, kind, subject, startedAt, endedAt, ...stateOf(events.at(-1)), stages: runningStages(events) };
}

function stateOf(last: OperationEvent | undefined): Pick<OperationSummary, "state" | "error"> {
  if (last?.type !== "done" && last?.type !== "failed") return { state: "running", error: null };
  const error = last.type === "done" ? firstError(last.result) : last.error;
  if (error === null) return { state: "done", error };
  return { state: error.code === "ERR_CANCELLED" ? "cancelled" : "failed", error };
}

/** Work on several VMs ends well as an operation even where it failed for one of them. */
function firstError(result: unknown): ErrorBody | null {
  if (typeof result !== "object" || result === null || !("results" in result)) return null;
  return (result as BulkResult).results.find(({ error }) => error !== null)?.error ?? null;
}

/** Stages that began and have not ended, oldest first. */
function runningStages(events: readonly OperationEvent[]): string[] {
  const running = new Set<string>();
  for (const event of events) {
    if (event.type !== "stage" || event.state === "progress") continue;
    if (event.state === "start") running.add(event.name);
    else running.delete(event.name);
  }
  return [...running];
}

/**
 * What a failed operation tells: a cancelled one failed for one reason, whatever its innermost step threw; others name the stage, and
 * the log to read where the error itself knows no next step (VM-13).
 */
export function failureOf(error: unknown, signal: AbortSignal, failedStage: string | null): ErrorBody {
  if (signal.aborted && !(error instanceof AggregateError)) return toErrorBody(signal.reason);
  const body = toErrorBody(error);
  const stage = failedStage === null ? {} : { stage: failedStage };
  return {
    ...body,
    next: body.next ?? "`banger daemon logs` has the details",
    details: { ...body.details, ...stage },
  };
}

export function notFound(ref: string): BangerError {
  return new BangerError("ERR_OPERATION_NOT_FOUND", `no operation ${ref}`, {
    next: "it ended more than a minute ago; see `banger vm list --all`",
  });
}
