import type { ErrorBody } from "../../domain/operation.ts";

/** The outcome of work on several VMs, for one of them. */
export interface BulkEntry {
  ref: string;
  id: string | null;
  name: string | null;
  error: ErrorBody | null;
  /** Of `vm.set`: vcpu and memory of a VM that runs are what its next start takes. */
  applies?: "now" | "next-start";
}

/** In the order in which the refs came. */
export interface BulkResult {
  results: BulkEntry[];
}

/** Long work that was begun: watch it by its id. */
export interface OperationStarted {
  operationId: string;
}

/** What is known of long work, while it runs and for a minute after. */
export interface OperationSummary {
  id: string;
  /** The method that began it: `vm.create`. */
  kind: string;
  /** Names of what it is about; empty while not known. */
  subject: string;
  state: "running" | "done" | "failed" | "cancelled";
  /** Stages under way. */
  stages: string[];
  startedAt: string;
  endedAt: string | null;
  error: ErrorBody | null;
}
