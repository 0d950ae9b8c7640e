import type { CliContext } from "../context.ts";
import { progressOf } from "../operation.ts";
import { type Progress, SILENT } from "../render/progress.ts";

/** A copy that takes no longer says nothing, in milliseconds. */
const QUIET_MS = 1_000;
const STAGE = "copy";

/** How far a copy is, on a terminal. */
export class CopyProgress {
  #progress: Progress = SILENT;
  #doneBytes = 0;
  readonly #began = performance.now();
  readonly #timer: NodeJS.Timeout | null;

  constructor(context: Pick<CliContext, "stderr" | "style">) {
    const begin = () => {
      this.#progress = progressOf(context);
      this.#progress.event({ type: "stage", name: STAGE, state: "start" });
    };
    this.#timer = context.stderr.isTTY === true ? setTimeout(begin, QUIET_MS) : null;
  }

  add(bytes: number): void {
    this.#doneBytes += bytes;
    this.#progress.event({ type: "stage", name: STAGE, state: "progress", doneBytes: this.#doneBytes });
  }

  /** `cancelled`: that it did not come to its end is no news. */
  end(state: "done" | "failed" | "cancelled"): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    const elapsedMs = performance.now() - this.#began;
    if (state !== "cancelled") this.#progress.event({ type: "stage", name: STAGE, state, elapsedMs });
    this.#progress.end();
    this.#progress = SILENT;
  }
}
