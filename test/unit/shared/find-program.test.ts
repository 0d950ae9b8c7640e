import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { findOnPath } from "../../../src/shared/find-program.ts";

let root: string;

beforeEach(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), "banger-path-"));
});

afterEach(() => rm(root, { recursive: true }));

async function directory(name: string, mode: number | null): Promise<string> {
  const made = path.join(root, name);
  await mkdir(made);
  if (mode !== null) await writeFile(path.join(made, "tool"), "", { mode });
  return made;
}

it("finds the first on PATH that can be executed, wherever others are (VMM-1)", async () => {
  const empty = await directory("empty", null);
  const plain = await directory("plain", 0o644);
  const [first, second] = [await directory("first", 0o755), await directory("second", 0o755)];
  const absent = path.join(root, "absent");
  expect(await findOnPath("tool", [absent, empty, plain, first, second])).toBe(path.join(first, "tool"));
  expect(await findOnPath("tool", [second, first])).toBe(path.join(second, "tool"));
  expect(await findOnPath("tool", [absent, empty, plain])).toBeNull();
});

it("passes relative directories over: what is found must not depend on where one stands", async () => {
  const first = await directory("first", 0o755);
  expect(await findOnPath("tool", ["", ".", path.relative(process.cwd(), first)])).toBeNull();
});
