import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";

/** What came of each step of each cell, in the order of the run. */
export type MatrixReport = Record<string, Record<string, "passed" | "failed" | `skipped: ${string}`>>;

/** Written after every cell, so that a run that is cut short says how far it came. */
export function writeMatrixReport(file: string | undefined, report: MatrixReport): void {
  if (file === undefined) return;
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
}
