import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { openReal } from "../../contract/support/hosts.ts";
import { useScratch } from "../../contract/support/scratch.ts";

const ROUNDS = 10_000;
/**
 * What the collector and malloc keep for themselves moves by some MiB from run to run. One page that leaked in each round would be
 * 39 MiB, in each round of the rarest kind (netns, 2 of 100) not seen here: its descriptors, threads and mounts would be.
 */
const RSS_SLACK_BYTES = 24 * 1024 * 1024;

const scratch = useScratch();

it(`${ROUNDS} rounds of acquire and release, a third of them failing, leave nothing behind`, async () => {
  await openReal().close(); // refuses to run beside links that are not ours
  writeFileSync(scratch.path("disk"), Buffer.alloc(1024 * 1024));
  const script = path.join(import.meta.dirname, "support/rounds.ts");
  const args = ["--expose-gc", script, scratch.path("disk"), String(ROUNDS)];
  const { status, signal, stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8" });
  expect({ status, signal, stderr }).toEqual({ status: 0, signal: null, stderr: "" });
  const { done, before, after } = JSON.parse(stdout);
  expect(done).toBeGreaterThanOrEqual(ROUNDS);
  const { rssBytes: rssBefore, ...countsBefore } = before;
  const { rssBytes: rssAfter, ...countsAfter } = after;
  expect(countsAfter).toEqual(countsBefore);
  expect(countsAfter).toMatchObject({ zombies: 0, loops: 0, namespaces: 1, processes: 0 });
  expect(rssAfter - rssBefore).toBeLessThan(RSS_SLACK_BYTES);
});
