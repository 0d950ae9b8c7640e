/**
 * `make bench-create` (QA-3): prints a table and writes build/bench/create.json. Run by root, after `make build`. BANGER_BENCH_RUNS is
 * how often each row is measured, 10 or more.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { setup } from "../e2e/support/base.ts";
import { ROOT } from "../e2e/support/sandbox.ts";
import { withXfs } from "./harness/filesystem.ts";
import { machine, type Report, type Row, table } from "./harness/report.ts";
import { cliRows } from "./rows/cli.ts";
import { createRow } from "./rows/create.ts";

const MINIMUM_RUNS = 10;

async function attempt(name: string, body: () => Promise<Row[]>): Promise<Row[]> {
  process.stderr.write(`bench: ${name}\n`);
  try {
    return await body();
  } catch (error) {
    process.stderr.write(
      `bench: ${name}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    process.exitCode = 1;
    return [{ name, skipped: `failed: ${error instanceof Error ? error.message : String(error)}` }];
  }
}

async function main(): Promise<void> {
  const runs = Math.max(MINIMUM_RUNS, Number(process.env.BANGER_BENCH_RUNS ?? MINIMUM_RUNS));
  await setup();
  const rows: Row[] = [
    ...(await attempt("cli", () => cliRows(2 * runs))),
    ...(await attempt("create-cold", async () => [await createRow("create-cold", runs, {})])),
    ...(await attempt("create-cold-xfs", () =>
      withXfs("create-cold-xfs", (directory) => createRow("create-cold-xfs", runs, { parent: directory })),
    )),
  ];
  const report: Report = { machine: machine(), rows };
  mkdirSync(path.join(ROOT, "build/bench"), { recursive: true });
  writeFileSync(path.join(ROOT, "build/bench/create.json"), `${JSON.stringify(report, null, 2)}\n`);
  process.stdout.write(`\n${table(report)}`);
}

await main();
