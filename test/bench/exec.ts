/**
 * `make bench-exec` (QA-3): what a command in a VM that runs costs by the agent, against ssh to the same guest in the same run. Prints a table
 * and writes build/bench/exec.json (or BANGER_BENCH_OUTPUT). Run by root, after `make build`. BANGER_BENCH_RUNS is how often `true` is run (20; 10 or more),
 * BANGER_BENCH_BULK_RUNS how often the bulk is carried (3), BANGER_BENCH_BULK_MIB how much it is (512).
 */
import { setup } from "../e2e/support/base.ts";
import { attempt, publish } from "./harness/main.ts";
import { BULK_ROWS, bulkRows } from "./rows/exec-bulk.ts";
import { TRUE_ROWS, trueRows } from "./rows/exec-true.ts";
import { withExecVm } from "./rows/exec-vm.ts";

const number = (name: string, fallback: number) => Number(process.env[name] ?? fallback);

await setup();
const rows = await withExecVm(async (vm) => [
  ...(await attempt(TRUE_ROWS, () => trueRows(vm, Math.max(10, number("BANGER_BENCH_RUNS", 20))))),
  ...(await attempt(BULK_ROWS, () =>
    bulkRows(vm, { runs: number("BANGER_BENCH_BULK_RUNS", 3), mib: number("BANGER_BENCH_BULK_MIB", 512) }),
  )),
]);
publish("exec", rows);
