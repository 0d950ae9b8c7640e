import type { OperationEvent, Reporter, StageProgress } from "../domain/operation.ts";
import type { OperationSummary } from "../rpc/contract.ts";
import { BangerError } from "../shared/errors.ts";
import type { Logger } from "../shared/logger.ts";
import { failureOf, notFound, summariseOperation } from "./operation-summary.ts";

export interface OperationContext extends Reporter {
  /** Aborted by `operation.cancel`; the body undoes what it made and rejects. */
  readonly signal: AbortSignal;
  /** Says what it is about, once that is known: the name of the VM. */
  about(subject: string): void;
}

interface Operation {
  readonly id: string;
  readonly kind: string;
  subject: string;
  readonly startedAt: string;
  endedAt: string | null;
  readonly controller: AbortController;
  readonly events: OperationEvent[];
  readonly finished: Promise<void>;
  wake: PromiseWithResolvers<void>;
  ended: boolean;
  /** The innermost stage that failed first. */
  failedStage: string | null;
}

/** How long an ended operation can still be watched, in milliseconds. */
const KEEP_ENDED_MS = 60_000;
/** Progress of one stage is told at most this often, in milliseconds: events are kept for late watchers. */
const PROGRESS_MS = 100;

/**
 * Long work by id (VM-5): begun at once, watched by any number of clients from its first event on, cancelled by id. It does not end
 * with the client that asked for it.
 */
export class Operations {
  readonly #operations = new Map<string, Operation>();
  readonly #logger: Logger;
  readonly #newId: () => string;
  readonly #now: () => Date;

  constructor(logger: Logger, newId: () => string, now: () => Date = () => new Date()) {
    this.#logger = logger;
    this.#newId = newId;
    this.#now = now;
  }

  /** Operations that have not ended. */
  get inFlight(): number {
    return [...this.#operations.values()].filter((operation) => !operation.ended).length;
  }

  /** Those that run, and those that ended in the last minute, oldest first. */
  list(): OperationSummary[] {
    return [...this.#operations.values()].map(summariseOperation);
  }

  /** The id that a ref, an id or a unique begin of one, stands for (VM-2). ERR_OPERATION_NOT_FOUND, ERR_AMBIGUOUS_REF. */
  resolve(ref: string): string {
    if (this.#operations.has(ref)) return ref;
    const found = [...this.#operations.keys()].filter((id) => id.startsWith(ref));
    if (found.length <= 1 || ref === "") return this.#get(found[0] ?? ref).id;
    throw new BangerError("ERR_AMBIGUOUS_REF", `"${ref}" stands for ${found.length} operations`, {
      next: "write more of its id: `banger operation list`",
      details: { candidates: found },
    });
  }

  /** Begins `body` and returns the operation's id and a promise of its end, which never rejects. */
  begin(
    kind: string,
    body: (context: OperationContext) => Promise<unknown>,
    subject = "",
  ): { id: string; finished: Promise<void> } {
    const id = this.#newId();
    const settled = Promise.withResolvers<void>();
    const operation: Operation = {
      id,
      kind,
      subject,
      startedAt: this.#now().toISOString(),
      endedAt: null,
      controller: new AbortController(),
      events: [],
      finished: settled.promise,
      wake: Promise.withResolvers<void>(),
      ended: false,
      failedStage: null,
    };
    this.#operations.set(id, operation);
    void this.#run(operation, body).then(settled.resolve);
    return { id, finished: settled.promise };
  }

  async #run(operation: Operation, body: (context: OperationContext) => Promise<unknown>): Promise<void> {
    const began = performance.now();
    try {
      const result = await body(this.#context(operation));
      this.#emit(operation, { type: "done", result });
    } catch (error) {
      this.#logger.warn({ operation: operation.kind, err: error }, "operation failed");
      this.#emit(operation, {
        type: "failed",
        error: failureOf(error, operation.controller.signal, operation.failedStage),
      });
    }
    this.#logger.info(
      { operation: operation.kind, ms: Math.round(performance.now() - began) },
      "operation ended",
    );
    operation.ended = true;
    operation.endedAt = this.#now().toISOString();
    operation.wake.resolve();
    setTimeout(() => this.#operations.delete(operation.id), KEEP_ENDED_MS).unref();
  }

  #context(operation: Operation): OperationContext {
    return {
      signal: operation.controller.signal,
      about: (subject) => {
        operation.subject = subject;
      },
      note: (text) => this.#emit(operation, { type: "note", text }),
      warning: (text) => this.#emit(operation, { type: "warning", text }),
      stage: (name, body) => this.#stage(operation, name, body),
    };
  }

  async #stage<T>(
    operation: Operation,
    name: string,
    body: (progress: StageProgress) => Promise<T>,
  ): Promise<T> {
    const began = performance.now();
    this.#emit(operation, { type: "stage", name, state: "start" });
    const end = (state: "done" | "failed") => {
      const elapsedMs = performance.now() - began;
      this.#emit(operation, { type: "stage", name, state, elapsedMs });
      this.#logger.info(
        { operation: operation.kind, stage: name, ms: Math.round(elapsedMs * 10) / 10, state },
        "stage",
      );
    };
    try {
      let told = Number.NEGATIVE_INFINITY;
      const value = await body((update) => {
        const now = performance.now();
        if (now - told < PROGRESS_MS) return;
        told = now;
        this.#emit(operation, { type: "stage", name, state: "progress", ...update });
      });
      end("done");
      return value;
    } catch (error) {
      operation.failedStage ??= name;
      end("failed");
      throw error;
    }
  }

  #emit(operation: Operation, event: OperationEvent): void {
    operation.events.push(event);
    operation.wake.resolve();
    operation.wake = Promise.withResolvers<void>();
  }

  /** All events, those already past first, until the operation has ended. ERR_OPERATION_NOT_FOUND. */
  async *watch(id: string): AsyncGenerator<OperationEvent> {
    const operation = this.#get(id);
    for (let next = 0; ; ) {
      const wake = operation.wake.promise;
      while (next < operation.events.length) yield operation.events[next++] as OperationEvent;
      if (operation.ended) return;
      await wake;
    }
  }

  /** Asks it to end and waits until everything is undone. False when it had ended before, or is not known any more. */
  async cancel(id: string): Promise<boolean> {
    const operation = this.#operations.get(id);
    if (operation === undefined || operation.ended) return false;
    operation.controller.abort(new BangerError("ERR_CANCELLED", "cancelled"));
    await operation.finished;
    return true;
  }

  /** Cancels everything in flight and waits. */
  async close(): Promise<void> {
    await Promise.all([...this.#operations.keys()].map((id) => this.cancel(id)));
  }

  #get(id: string): Operation {
    const operation = this.#operations.get(id);
    if (operation === undefined) throw notFound(id);
    return operation;
  }
}
