/**
 * `make bench-plumbing` (QA-3): what HostOps's operations cost against a plain C program that makes the same system calls, and against the standard
 * tools. Prints a table and writes build/bench/plumbing.json (or BANGER_BENCH_OUTPUT). Run by root, in a network and a mount namespace
 * of its own, which take what it makes along when it is killed. BANGER_BENCH_RUNS is how often each column is measured, 20 or more;
 * BANGER_BENCH_ROWS a regular expression that chooses operations by name.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { openLinuxHostOps } from "../../src/host/linux/index.ts";
import { ROOT } from "../e2e/support/sandbox.ts";
import { STORAGE } from "../support/cells.ts";
import { machine, type Report, type Row, table } from "./harness/report.ts";
import { compositeRows } from "./plumbing/composite.ts";
import { crowdRows, guestsRows } from "./plumbing/crowd.ts";
import { type Bench, operationRows } from "./plumbing/operation.ts";
import { blockOperations } from "./plumbing/operations/block.ts";
import { cloneOperations } from "./plumbing/operations/clone.ts";
import { netOperations } from "./plumbing/operations/net.ts";
import { nftOperations } from "./plumbing/operations/nft.ts";
import { processOperations } from "./plumbing/operations/process.ts";
import { parallelRows } from "./plumbing/parallel.ts";
import { Place } from "./plumbing/place.ts";
import { Reference } from "./plumbing/reference.ts";

const MINIMUM_RUNS = 20;
const RUNS = 200;
const INTERRUPTED = new Error("interrupted; what was made is taken away");

type Step = (name: string, body: () => Promise<Row[]>) => Promise<void>;

async function measure(bench: Bench, place: Place, step: Step): Promise<void> {
  const operations = [
    ...(await blockOperations(bench, place)),
    ...(await netOperations(bench)),
    ...(await nftOperations(bench)),
    ...(await cloneOperations(bench, place)),
    ...(await processOperations(bench, place)),
  ];
  for (const operation of operations) await step(operation.name, () => operationRows(bench, operation));
  for (const kind of STORAGE) await step(`composite-${kind}`, () => compositeRows(bench, place, kind));
  for (const kind of STORAGE) await step(`parallel-${kind}`, () => parallelRows(bench, place, kind));
  await step("crowd", () => crowdRows(bench));
  await step("guests", () => guestsRows(bench));
}

/** Rows as they come. What fails is one of them; the others go on. After each the report is as good as it can be by then. */
class Rows {
  readonly #rows: Row[] = [];
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  get report(): Report {
    return { machine: machine(), rows: this.#rows };
  }

  async step(name: string, body: () => Promise<Row[]>): Promise<void> {
    try {
      this.#rows.push(...(await body()));
    } catch (error) {
      if (error === INTERRUPTED) throw error;
      const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
      process.stderr.write(`bench: ${name}: ${text}\n`);
      process.exitCode = 1;
      this.#rows.push({ name, skipped: `failed: ${text.split("\n")[0]}` });
    }
    mkdirSync(path.dirname(this.#file), { recursive: true });
    writeFileSync(this.#file, `${JSON.stringify(this.report, null, 2)}\n`);
  }
}

async function main(): Promise<void> {
  const interrupt = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => interrupt.abort(INTERRUPTED));
  const host = openLinuxHostOps();
  if ((await host.route.list()).length > 0)
    throw new Error(
      "links and routes are made here: run it in a network namespace of its own, as `make bench-plumbing` does",
    );
  const place = await Place.open(host);
  const reference = Reference.start(place.directory);
  try {
    const runs = Math.max(MINIMUM_RUNS, Number(process.env.BANGER_BENCH_RUNS ?? RUNS));
    const wanted = new RegExp(process.env.BANGER_BENCH_ROWS ?? "");
    const numbers = numbersFrom(1);
    const next = () => {
      interrupt.signal.throwIfAborted();
      return numbers.next().value;
    };
    const output = path.resolve(ROOT, process.env.BANGER_BENCH_OUTPUT ?? "build/bench/plumbing.json");
    const rows = new Rows(output);
    const step: Step = (name, body) => rows.step(name, body);
    await measure({ host, reference, runs, wanted, next }, place, step);
    process.stdout.write(`\n${table(rows.report)}`);
  } finally {
    reference.close();
    await place.close();
    await host.close();
  }
}

function* numbersFrom(first: number): Generator<number, never> {
  for (let number = first; ; number++) yield number;
}

await main().catch((error: Error) => {
  process.stderr.write(`bench: ${error === INTERRUPTED ? error.message : error.stack}\n`);
  process.exitCode = error === INTERRUPTED ? 130 : 1;
});
