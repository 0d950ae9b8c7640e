import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, rmSync } from "node:fs";
import path from "node:path";
import { failedFiles, failures, withSecond } from "./failures.ts";
import type { Round } from "./round.ts";
import type { Output } from "./screen.ts";
import { countReport, countStatus, NOTHING, type Totals, type VitestReport } from "./totals.ts";

interface Attempt {
  /** The runner's exit status; null where a signal ended it. */
  readonly status: number | null;
  /** Null for a check without a report, or where the runner left none. */
  readonly report: VitestReport | null;
}

async function attempt(
  top: string,
  round: Round,
  files: readonly string[],
  output: Output,
): Promise<Attempt> {
  const report = round.report === undefined ? undefined : path.join(top, round.report);
  if (report) rmSync(report, { force: true });
  const [program = "", ...args] = [...round.argv, ...files];
  const env = { ...process.env, ...round.env };
  const child = spawn(program, args, { cwd: top, stdio: output.stdio, env });
  const status = await once(child, "close").then(
    ([code]) => code as number | null,
    (error: Error) => {
      output.write(`${round.name}: ${program} does not start: ${error.message}\n`);
      return null;
    },
  );
  if (!report || !existsSync(report)) return { status, report: null };
  return { status, report: JSON.parse(readFileSync(report, "utf8")) as VitestReport };
}

export interface Outcome {
  readonly totals: Totals;
  /** What failed, a line each, and in which attempt. */
  readonly notes: readonly string[];
}

/** Runs a round; where machines boot in it, what failed once more. */
export async function runRound(top: string, round: Round, output: Output): Promise<Outcome> {
  output.write(`\n== ${round.name}${round.skip === undefined ? "" : `: not run: ${round.skip}`}\n`);
  if (round.skip !== undefined) return { totals: NOTHING, notes: [] };
  const first = await attempt(top, round, round.files ?? [], output);
  if (round.report === undefined) return { totals: countStatus(first.status), notes: [] };
  const totals = countReport(first.report, first.status);
  if (totals.failed === 0) return { totals, notes: [] };
  const notes = failures(first.report).map((each) => `${round.name}: failed: ${each}`);
  if (!round.boots) return { totals, notes };
  // A machine that boots on a busy host can be too late once; what fails twice, or silently once, is a defect.
  output.write(`\n== ${round.name}: what failed, once more\n`);
  const again = failedFiles(first.report);
  const second = await attempt(top, round, again.length > 0 ? again : (round.files ?? []), output);
  const whole =
    first.report && second.report && again.length > 0
      ? withSecond(first.report, second.report)
      : second.report;
  notes.push(...failures(second.report).map((each) => `${round.name}: failed again: ${each}`));
  return { totals: countReport(whole, second.status), notes };
}
