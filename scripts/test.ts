/**
 * Runs the suite, or the rounds that are named: `node scripts/test.ts [ROUND]...`, where `lab` is all of the lab's. Every round runs,
 * whatever the others did; what this host cannot run is named with the reason. Where machines boot, files with a failure get a second
 * attempt; whatever failed in either is named below the table. The last line is the sum of all rounds' totals.
 */
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { failedFiles, failures, withSecond } from "./suite/failures.ts";
import { allRounds, type Host, type Round } from "./suite/rounds.ts";
import {
  countReport,
  countStatus,
  line,
  NOTHING,
  sum,
  type Totals,
  type VitestReport,
} from "./suite/totals.ts";

const top = path.resolve(import.meta.dirname, "..");

function has(program: string): boolean {
  // Debian keeps some of them off a user's PATH.
  const directories = [...(process.env.PATH ?? "").split(":"), "/usr/sbin", "/sbin"];
  return directories.some((directory) => {
    try {
      accessSync(path.join(directory, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function rootPrefix(): string[] | null {
  if (process.getuid?.() === 0) return [];
  return has("sudo") ? ["sudo", "-E"] : null;
}

const host: Host = { top, node: process.execPath, root: rootPrefix(), has };

interface Attempt {
  /** The runner's exit status; null where a signal ended it. */
  readonly status: number | null;
  /** Null for a check without a report, or where the runner left none. */
  readonly report: VitestReport | null;
}

function attempt(round: Round, files: readonly string[]): Attempt {
  const report = round.report === undefined ? undefined : path.join(top, round.report);
  if (report) rmSync(report, { force: true });
  const [program = "", ...args] = [...round.argv, ...files];
  const { status, error } = spawnSync(program, args, {
    cwd: top,
    stdio: "inherit",
    env: { ...process.env, ...round.env },
  });
  if (error) process.stderr.write(`${round.name}: ${program} does not start: ${error.message}\n`);
  if (!report || !existsSync(report)) return { status, report: null };
  return { status, report: JSON.parse(readFileSync(report, "utf8")) as VitestReport };
}

interface Outcome {
  readonly totals: Totals;
  /** What failed, a line each, and in which attempt. */
  readonly notes: readonly string[];
}

function run(round: Round): Outcome {
  if (round.skip !== undefined) return { totals: NOTHING, notes: [] };
  const first = attempt(round, round.files ?? []);
  if (round.report === undefined) return { totals: countStatus(first.status), notes: [] };
  const totals = countReport(first.report, first.status);
  if (totals.failed === 0) return { totals, notes: [] };
  const notes = failures(first.report).map((each) => `${round.name}: failed: ${each}`);
  if (!round.boots) return { totals, notes };
  // A machine that boots on a busy host can be too late once; what fails twice, or silently once, is a defect.
  process.stdout.write(`\n== ${round.name}: what failed, once more\n`);
  const again = failedFiles(first.report);
  const second = attempt(round, again.length > 0 ? again : (round.files ?? []));
  const whole =
    first.report && second.report && again.length > 0
      ? withSecond(first.report, second.report)
      : second.report;
  notes.push(...failures(second.report).map((each) => `${round.name}: failed again: ${each}`));
  return { totals: countReport(whole, second.status), notes };
}

function describe(round: Round, totals: Totals, seconds: number): string {
  const result = round.skip === undefined ? line(totals) : `not run: ${round.skip}`;
  return `  ${round.name.padEnd(14)} ${`${seconds.toFixed(1)} s`.padStart(8)}   ${result}\n`;
}

mkdirSync(path.join(top, "build/test"), { recursive: true });
const asked = process.argv.slice(2);
const rounds = allRounds(host).filter(
  ({ name }) => asked.length === 0 || asked.some((each) => name === each || name.startsWith(`${each} `)),
);
if (rounds.length === 0)
  throw new Error(
    `no such round; there are ${allRounds(host)
      .map(({ name }) => name)
      .join(", ")}`,
  );
const results: Totals[] = [];
const allNotes: string[] = [];
let table = "";
for (const round of rounds) {
  process.stdout.write(`\n== ${round.name}${round.skip === undefined ? "" : `: not run: ${round.skip}`}\n`);
  const start = performance.now();
  const { totals, notes } = run(round);
  results.push(totals);
  allNotes.push(...notes);
  table += describe(round, totals, (performance.now() - start) / 1000);
}
const total = sum(results);
writeFileSync(path.join(top, "build/test/totals"), `${line(total)}\n`);
const notes = allNotes.map((each) => `  ${each}\n`).join("");
process.stdout.write(`\n${table}${notes && `\n${notes}`}\n${line(total)}\n`);
process.exitCode = total.failed > 0 ? 1 : 0;
