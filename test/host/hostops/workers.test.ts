import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { openReal } from "../../contract/support/hosts.ts";
import { useScratch } from "../../contract/support/scratch.ts";
import { amount } from "../../support/amount.ts";

const scratch = useScratch();

const WORKERS = amount(30, 100);

it(`${WORKERS} workers, each ended in the middle of its calls, take neither the process nor a descriptor or thread with them`, async () => {
  await openReal().close();
  writeFileSync(scratch.path("disk"), Buffer.alloc(1024 * 1024));
  const script = path.join(import.meta.dirname, "support/end-workers.ts");
  const args = [script, scratch.path("disk"), String(WORKERS)];
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: "" });
  const { before, after, left } = JSON.parse(stdout);
  expect(after).toEqual(before);
  expect(left).toEqual({ loops: 0, links: 0, living: 0 });
});
