import { readdirSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { allRounds } from "../../../scripts/suite/rounds.ts";

const top = path.resolve(import.meta.dirname, "../../..");
const rounds = allRounds({ top, node: "node", root: [], has: () => true });
const tests = readdirSync(path.join(top, "test"), { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".test.ts"))
  .map((name) => `test/${name}`);

describe("the suite", () => {
  it("has rounds of different names, which is their reports' too", () => {
    for (const key of ["name", "report"] as const) {
      const all = rounds.flatMap((round) => round[key] ?? []);
      expect(new Set(all).size).toBe(all.length);
    }
  });

  // vitest says nothing of a part that matches nothing where another does.
  it("names test files that are there", () => {
    const parts = rounds.flatMap(({ files = [] }) => files);
    expect(parts.filter((part) => !tests.some((test) => test.includes(part)))).toEqual([]);
  });

  it("runs every test file", () => {
    const runs = (test: string) =>
      rounds.some(
        ({ argv, files }) =>
          projectsOf(argv).includes(projectOf(test)) &&
          (files === undefined || files.some((part) => test.includes(part))),
      );
    expect(tests.filter((test) => !runs(test))).toEqual([]);
  });

  it("lets only what comes after the base image know that it is there", () => {
    const base = rounds.findIndex(({ name }) => name === "base image");
    const after = rounds.flatMap((round, index) => (round.after?.name === "base image" ? index : []));
    expect(base).toBeGreaterThan(0);
    expect(after).toHaveLength(2);
    expect(Math.min(...after)).toBeGreaterThan(base);
  });
});

const projectOf = (test: string) => test.split("/")[1] ?? "";
const projectsOf = (argv: readonly string[]) =>
  argv.filter((_, index) => index > 0 && argv[index - 1] === "--project");
