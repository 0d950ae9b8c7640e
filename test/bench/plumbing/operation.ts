import type { HostOps } from "../../../src/host/host-ops.ts";
import { type MeasuredRow, measuredRow, type Row } from "../harness/report.ts";
import { inTurns } from "../harness/stats.ts";
import { longestHold } from "./event-loop.ts";
import type { Reference } from "./reference.ts";
import { runTool, type Tool } from "./tools.ts";

/** One thing that the kernel is asked for, in three ways that end the same. */
export interface Operation {
  readonly name: string;
  /** Why it cannot be measured here. */
  readonly obstacle?: string | null;
  /** A new subject, not timed: the name of what is made, or of what is to be taken away. `run` is a number that no other call has. */
  prepare(run: number): Promise<string>;
  /** The request to the C program. */
  c(subject: string, run: number): string;
  addon(subject: string, run: number): Promise<unknown>;
  tools(tool: Tool, subject: string, run: number): Promise<unknown>;
  /** Takes away what was made or is left, not timed. `made` is what the column gave, when that is text. */
  undo(subject: string, made: string, run: number): Promise<void>;
}

export interface Bench {
  readonly host: HostOps;
  readonly reference: Reference;
  /** How often each column is measured. */
  readonly runs: number;
  /** A number that nobody had. */
  next(): number;
  /** What has been made is taken away when the bench ends, in whichever way. */
  readonly wanted: RegExp;
}

const PER_TURN = 10;
/** Programs take milliseconds where calls take microseconds. */
const TOOL_SHARE = 4;

/** Its rows: against C, against the tools, and how long it holds the event loop. */
export async function operationRows(bench: Bench, operation: Operation): Promise<Row[]> {
  const { name, obstacle } = operation;
  const names = [name, `${name}-tools`, `${name}-event-loop`];
  if (!bench.wanted.test(name)) return [];
  if (obstacle != null) return names.map((each) => ({ name: each, skipped: obstacle }));
  process.stderr.write(`bench: ${name}\n`);
  const { reference, runs } = bench;
  const measure =
    (act: (subject: string, run: number) => Promise<{ ms: number; made: string }>) =>
    async (): Promise<number> => {
      const run = bench.next();
      const subject = await operation.prepare(run);
      let made = "";
      try {
        const done = await act(subject, run);
        made = done.made;
        return done.ms;
      } finally {
        await operation.undo(subject, made, run);
      }
    };
  const addon = measure((subject, run) => timed(() => operation.addon(subject, run)));
  const c = measure((subject, run) => reference.do(operation.c(subject, run)));
  const tools = measure((subject, run) => timed(() => operation.tools(runTool, subject, run)));
  const against = await inTurns(runs, PER_TURN, { addon, c });
  const afterTools = await inTurns(Math.ceil(runs / TOOL_SHARE), PER_TURN, { addon, tools });
  const typical = [...against.addon].sort((a, b) => a - b)[against.addon.length >> 1] ?? 0;
  const held = await inTurns(runs, PER_TURN, {
    call: measure(async (subject, run) => {
      let made: unknown;
      const ms = await longestHold(async () => {
        made = await operation.addon(subject, run);
      });
      return { ms, made: textOf(made) };
    }),
    idle: () => longestHold(() => new Promise((resolve) => setTimeout(resolve, typical))),
  });
  const row = (suffix: string, referenceName: string, subject: number[], other: number[]): MeasuredRow =>
    measuredRow(
      { name: `${name}${suffix}`, reference: referenceName, unit: "ms" },
      { subject, reference: other },
    );
  return [
    row("", "c", against.addon, against.c),
    row("-tools", "tools", afterTools.addon, afterTools.tools),
    row("-event-loop", "an idle loop", held.call, held.idle),
  ];
}

async function timed(act: () => Promise<unknown>): Promise<{ ms: number; made: string }> {
  const start = performance.now();
  const made = await act();
  return { ms: performance.now() - start, made: textOf(made) };
}

function textOf(made: unknown): string {
  return typeof made === "string" ? made : "";
}
