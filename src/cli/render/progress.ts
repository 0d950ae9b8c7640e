import type { OperationEvent } from "../../domain/operation.ts";
import { formatDuration } from "../../shared/duration.ts";
import type { TextOutput } from "../context.ts";
import { sanitize } from "./sanitize.ts";
import type { Style } from "./style.ts";

/** Shows an operation while it runs (VM-5). */
export interface Progress {
  event(event: OperationEvent): void;
  /** Takes away what is only live; nothing is drawn afterwards. */
  end(): void;
}

export interface ProgressOptions {
  readonly output: TextOutput;
  readonly style: Style;
  /** Milliseconds, monotonic. */
  readonly now: () => number;
  readonly every: (ms: number, tick: () => void) => () => void;
}

interface Running {
  readonly name: string;
  readonly began: number;
  detail: string;
  /** When a plain line was last printed of it. */
  said: number;
}

const FRAMES = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const FRAME_MS = 80;
/** Where lines stay, a long stage is heard of this often. */
const PLAIN_EVERY_MS = 10_000;

export const SILENT: Progress = { event: () => undefined, end: () => undefined };

/** Live on a terminal, plain lines elsewhere. */
export function progressFor(options: ProgressOptions): Progress {
  return options.output.isTTY === true && options.style.enabled
    ? liveProgress(options)
    : plainProgress(options);
}

/** One line per stage when it has ended, and now and then while it takes long. */
export function plainProgress({ output, now, every }: ProgressOptions): Progress {
  const stages = stageList(now);
  const stop = every(1_000, () => {
    for (const stage of stages.running) {
      if (now() - stage.said < PLAIN_EVERY_MS) continue;
      stage.said = now();
      output.write(`${stage.name}${stage.detail} … ${formatDuration(now() - stage.began)}\n`);
    }
  });
  return {
    event(event) {
      stages.apply(event);
      const line = permanentLine(event);
      if (line !== null) output.write(`${line}\n`);
    },
    end: stop,
  };
}

/** A spinner with what runs, elapsed time and bytes, redrawn in place; ended stages stay above it. */
export function liveProgress({ output, style, now, every }: ProgressOptions): Progress {
  const stages = stageList(now);
  let drawn = false;
  let frame = 0;
  const clear = () => {
    if (drawn) output.write("\r\u001b[2K");
    drawn = false;
  };
  const draw = () => {
    clear();
    if (stages.running.length === 0) return;
    const elapsed = (stage: Running) => formatDuration(Math.floor((now() - stage.began) / 100) * 100);
    const text = stages.running.map((stage) => `${stage.name}${stage.detail} ${elapsed(stage)}`).join(" · ");
    output.write(`${FRAMES[frame % FRAMES.length]} ${clip(text, (output.columns ?? 80) - 3)}`);
    drawn = true;
  };
  const stop = every(FRAME_MS, () => {
    frame += 1;
    draw();
  });
  return {
    event(event) {
      stages.apply(event);
      const line = permanentLine(event);
      if (line === null) return;
      clear();
      output.write(`${mark(event, style)}${line}\n`);
      draw();
    },
    end() {
      stop();
      clear();
    },
  };
}

function stageList(now: () => number) {
  const running: Running[] = [];
  return {
    running,
    apply(event: OperationEvent): void {
      if (event.type !== "stage") return;
      const name = sanitize(event.name);
      const at = running.findIndex((stage) => stage.name === name);
      if (event.state === "start") running.push({ name, began: now(), said: now(), detail: "" });
      else if (event.state !== "progress") running.splice(at, at === -1 ? 0 : 1);
      else if (running[at] !== undefined) running[at].detail = detailOf(event);
    },
  };
}

/** What stays on the screen: notes, warnings, ended stages. */
function permanentLine(event: OperationEvent): string | null {
  if (event.type === "note") return sanitize(event.text);
  if (event.type === "warning") return `warning: ${sanitize(event.text)}`;
  if (event.type !== "stage" || event.state === "start" || event.state === "progress") return null;
  const failed = event.state === "failed" ? " failed" : "";
  return `${sanitize(event.name)}${failed} (${formatDuration(event.elapsedMs)})`;
}

function mark(event: OperationEvent, style: Style): string {
  if (event.type === "warning") return `${style.yellow("!")} `;
  if (event.type !== "stage") return "";
  return event.state === "failed" ? `${style.red("✗")} ` : `${style.green("✓")} `;
}

function detailOf(event: { doneBytes?: number; totalBytes?: number; detail?: string }): string {
  const parts = event.detail === undefined ? [] : [sanitize(event.detail)];
  if (event.doneBytes !== undefined) {
    const of = event.totalBytes === undefined ? "" : ` of ${bytes(event.totalBytes)}`;
    parts.push(`${bytes(event.doneBytes)}${of}`);
  }
  return parts.length === 0 ? "" : `: ${parts.join(", ")}`;
}

/** `12.3 MiB`: a figure that changes must keep its unit and decimals, unlike a size that somebody chose. */
export function bytes(count: number): string {
  if (count < 1024) return `${count} B`;
  const unit = count < 1024 ** 2 ? 1 : count < 1024 ** 3 ? 2 : 3;
  return `${(count / 1024 ** unit).toFixed(1)} ${["", "KiB", "MiB", "GiB"][unit]}`;
}

function clip(text: string, columns: number): string {
  const characters = [...text];
  return characters.length <= columns ? text : `${characters.slice(0, Math.max(0, columns - 1)).join("")}…`;
}
