/** What a watcher of an operation is told, in order (VM-5, VM-13). */
export type OperationEvent =
  /** A line for the person: the spec, which VMM was picked and why. */
  | { type: "note"; text: string }
  | { type: "stage"; name: string; state: "start" }
  | {
      type: "stage";
      name: string;
      state: "progress";
      doneBytes?: number;
      totalBytes?: number;
      detail?: string;
    }
  | { type: "stage"; name: string; state: "done"; elapsedMs: number }
  | { type: "stage"; name: string; state: "failed"; elapsedMs: number }
  | { type: "warning"; text: string }
  | { type: "done"; result: unknown }
  | { type: "failed"; error: ErrorBody };

/** A BangerError on the wire. */
export interface ErrorBody {
  code: string;
  message: string;
  next?: string | undefined;
  details?: Record<string, unknown> | undefined;
}

/** What a service reports to while it works: stages are named and timed. */
export interface Reporter {
  note(text: string): void;
  warning(text: string): void;
  /** Runs one named, timed stage; its duration is logged, its failure names it (VM-13). */
  stage<T>(name: string, body: (progress: StageProgress) => Promise<T>): Promise<T>;
}

export type StageProgress = (update: { doneBytes?: number; totalBytes?: number; detail?: string }) => void;
