/**
 * `make bench-workspace` (QA-3): what it costs to bring a large checkout into a VM that runs, against `git clone` and `tar | ssh` in the same
 * run. Prints a table and writes build/bench/workspace.json (or BANGER_BENCH_OUTPUT). Run by root, after `make build`. BANGER_BENCH_RUNS is how
 * often (5), BANGER_BENCH_FILES how many files the checkout has (20000), BANGER_BENCH_HISTORY_MIB how much history (500).
 */
import path from "node:path";
import { setup } from "../e2e/support/base.ts";
import { attempt, publish } from "./harness/main.ts";
import { makeBigRepository } from "./rows/big-repository.ts";
import { withExecVm } from "./rows/exec-vm.ts";
import { WORKSPACE_ROWS, workspaceRows } from "./rows/workspace.ts";

const number = (name: string, fallback: number) => Number(process.env[name] ?? fallback);

await setup();
const rows = await withExecVm(async (vm) => {
  const repository = path.join(vm.sandbox.directory, "big");
  return attempt(WORKSPACE_ROWS, async () => {
    await makeBigRepository(repository, {
      files: number("BANGER_BENCH_FILES", 20_000),
      historyMib: number("BANGER_BENCH_HISTORY_MIB", 500),
    });
    return workspaceRows(vm, repository, number("BANGER_BENCH_RUNS", 5));
  });
});
publish("workspace", rows);
