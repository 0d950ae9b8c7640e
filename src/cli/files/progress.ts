import type { CliContext } from "../context.ts";
import { type Progress, progressFor, SILENT } from "../render/progress.ts";

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
      this.#progress = progressFor({
        output: context.stderr,
        style: context.style.stderr,
        now: () => performance.now(),
        every: (ms, tick) => {
          const timer = setInterval(tick, ms);
          return () => clearInterval(timer);
        },
      });
      this.#progress.event({ type: "stage", name: STAGE, state: "start" });
    };
    this.#timer = context.stderr.isTTY === true ? setTimeout(begin, QUIET_MS) : null;
  }

  add(bytes: number): void {
    this.#doneBytes += bytes;
    this.#progress.event({ type: "stage", name: STAGE, state: "progress", doneBytes: this.#doneBytes });
  }

  end(state: "done" | "failed"): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#progress.event({ type: "stage", name: STAGE, state, elapsedMs: performance.now() - this.#began });
    this.#progress.end();
    this.#progress = SILENT;
  }
}
