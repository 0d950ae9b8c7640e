import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, readSync, statSync } from "node:fs";
import { afterAll, afterEach, beforeEach, expect, it } from "vitest";
import { openReal } from "../../contract/support/hosts.ts";
import { useScratch } from "../../contract/support/scratch.ts";

/** Nearer to the end of what an off_t can say than a step of a copy is long; in the last page tmpfs finds no data itself. */
const SIZE = 2n ** 63n - 2n ** 21n;
const AT = SIZE - 5n;

const host = openReal();
const scratch = useScratch();
beforeEach(() => {
  mkdirSync(scratch.path("tmpfs"));
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=16m", "far", scratch.path("tmpfs")]);
});
afterEach(() => execFileSync("umount", [scratch.path("tmpfs")]));
afterAll(() => host.close());

it("a file of 8 EiB with data at its very end is copied", async () => {
  const [source, target] = [scratch.path("tmpfs/source"), scratch.path("tmpfs/target")];
  execFileSync("truncate", ["-s", String(SIZE), source]);
  // node:fs writes no further than 2^53.
  const place = ["bs=1", `seek=${AT}`, "conv=notrunc", "status=none"];
  execFileSync("dd", [`of=${source}`, ...place], { input: "end" });
  const { dataBytes } = await host.clone.copy(source, target);
  expect(dataBytes).toBeLessThan(10_000n);
  expect(statSync(target, { bigint: true }).size).toBe(SIZE);
  const to = openSync(target, "r");
  const read = Buffer.alloc(3);
  readSync(to, read, 0, 3, AT);
  closeSync(to);
  expect(read.toString()).toBe("end");
});
