import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { ROOT } from "../../e2e/support/sandbox.ts";
import { line, machine, type Report, type Row, table } from "./report.ts";

/** Rows that the run is about: all, or those whose name matches BANGER_BENCH_ROWS. */
export function isWanted(name: string): boolean {
  return new RegExp(process.env.BANGER_BENCH_ROWS ?? "").test(name);
}

/**
 * The rows of one measurement, told at once: a run takes long, and may be cut short. One that failed is there with its reason, and the
 * run's status says so.
 */
export async function attempt(names: readonly string[], body: () => Promise<Row[]>): Promise<Row[]> {
  if (!names.some(isWanted)) return [];
  process.stderr.write(`bench: ${names.join(", ")}\n`);
  try {
    const rows = await body();
    for (const row of rows) process.stderr.write(`bench: ${line(row).join("  ")}\n`);
    return rows;
  } catch (error) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    process.stderr.write(`bench: ${names.join(", ")}: ${text}\n`);
    process.exitCode = 1;
    return names.map((name) => ({ name, skipped: `failed: ${text.split("\n")[0]}` }));
  }
}

/** Writes `build/bench/<name>.json` (or BANGER_BENCH_OUTPUT) and prints the table. */
export function publish(name: string, rows: readonly Row[]): void {
  const report: Report = { machine: machine(), rows };
  const output = path.resolve(ROOT, process.env.BANGER_BENCH_OUTPUT ?? `build/bench/${name}.json`);
  mkdirSync(path.dirname(output), { recursive: true });
  writeFileSync(output, `${JSON.stringify(report, null, 2)}\n`);
  process.stdout.write(`\n${table(report)}`);
}
