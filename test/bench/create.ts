/**
 * `make bench-create` (QA-3): prints a table and writes build/bench/create.json (or BANGER_BENCH_OUTPUT). Run by root, after `make build`.
 * BANGER_BENCH_RUNS is how often each row is measured, 10 or more; BANGER_BENCH_ROWS a regular expression that chooses rows by name.
 */
import { setup } from "../e2e/support/base.ts";
import type { SandboxOptions } from "../e2e/support/sandbox.ts";
import { ALL_CELLS, type Cell, obstacle, STORAGE } from "../support/cells.ts";
import { kvmWorks } from "../support/kvm.ts";
import { mountXfs } from "../support/xfs.ts";
import { attempt, isWanted, publish } from "./harness/main.ts";
import type { Row } from "./harness/report.ts";
import { cliRows } from "./rows/cli.ts";
import { createRow } from "./rows/create.ts";
import { ioRows } from "./rows/io.ts";

const MINIMUM_RUNS = 10;
const IO_RUNS = 5;

/** A sandbox whose state lies where the driver works: reflinks need a filesystem that shares blocks. */
async function withStorage(
  cell: Pick<Cell, "storage"> & Partial<Cell>,
  body: (options: SandboxOptions) => Promise<Row[]>,
): Promise<Row[]> {
  const config = `vmm = "${cell.vmm ?? "auto"}"\nstorage = "${cell.storage}"\n`;
  if (cell.storage !== "reflink") return body({ config });
  const xfs = await mountXfs("12G");
  try {
    return await body({ config, parent: xfs.directory });
  } finally {
    await xfs.close();
  }
}

/** Every VMM with every storage driver; the accelerator is what the host gives. */
async function cellRows(runs: number, kvm: boolean): Promise<Row[]> {
  const rows: Row[] = [];
  for (const cell of ALL_CELLS) {
    const name = `create-cold-${cell.vmm}-${cell.storage}`;
    const because = obstacle(cell, kvm);
    const other = cell.vmm === "qemu" && (cell.accelerator === "kvm") !== kvm;
    if (other || !isWanted(name)) continue;
    if (because !== null) rows.push({ name, skipped: because });
    else
      rows.push(
        ...(await attempt([name], () =>
          withStorage(cell, async (options) => [await createRow(name, runs, options)]),
        )),
      );
  }
  return rows;
}

/** What each storage driver costs a guest that runs, with the VMM that the host gives. */
async function storageRows(kvm: boolean): Promise<Row[]> {
  const rows: Row[] = [];
  for (const storage of STORAGE) {
    const names = [`first-write-${storage}`, `read-1gib-${storage}`];
    const because = obstacle({ name: "", vmm: "qemu", accelerator: kvm ? "kvm" : "tcg", storage }, kvm);
    if (because !== null) rows.push(...names.filter(isWanted).map((name) => ({ name, skipped: because })));
    else
      rows.push(
        ...(await attempt(names, () =>
          withStorage({ storage, vmm: "qemu" }, (options) => ioRows(storage, IO_RUNS, options)),
        )),
      );
  }
  return rows;
}

async function main(): Promise<void> {
  const runs = Math.max(MINIMUM_RUNS, Number(process.env.BANGER_BENCH_RUNS ?? MINIMUM_RUNS));
  await setup();
  const kvm = await kvmWorks();
  const rows: Row[] = [
    ...(await attempt(["cli-version", "cli-vm-list"], () => cliRows(2 * runs))),
    ...(await attempt(["create-cold"], async () => [await createRow("create-cold", runs, {})])),
    ...(await cellRows(runs, kvm)),
    ...(await storageRows(kvm)),
  ];
  publish("create", rows);
}

await main();
