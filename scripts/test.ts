/**
 * Runs the suite, or the rounds that are named: `node scripts/test.ts [ROUND]...`, where `lab` is all of the lab's. Every round runs,
 * whatever the others did; what this host cannot run is named with the reason. The last line is the sum of all rounds' totals.
 */
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
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

function run(round: Round): Totals {
  if (round.skip !== undefined) return NOTHING;
  const report = round.report === undefined ? undefined : path.join(top, round.report);
  if (report) rmSync(report, { force: true });
  const [program = "", ...args] = round.argv;
  const { status, error } = spawnSync(program, args, {
    cwd: top,
    stdio: "inherit",
    env: { ...process.env, ...round.env },
  });
  if (error) process.stderr.write(`${round.name}: ${program} does not start: ${error.message}\n`);
  if (!report) return countStatus(status);
  return countReport(
    existsSync(report) ? (JSON.parse(readFileSync(report, "utf8")) as VitestReport) : null,
    status,
  );
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
let table = "";
for (const round of rounds) {
  process.stdout.write(`\n== ${round.name}${round.skip === undefined ? "" : `: not run: ${round.skip}`}\n`);
  const start = performance.now();
  const totals = run(round);
  results.push(totals);
  table += describe(round, totals, (performance.now() - start) / 1000);
}
const total = sum(results);
writeFileSync(path.join(top, "build/test/totals"), `${line(total)}\n`);
process.stdout.write(`\n${table}\n${line(total)}\n`);
process.exitCode = total.failed > 0 ? 1 : 0;
