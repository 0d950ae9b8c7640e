import { describe, expect, it } from "vitest";
import { leftOutTests, longFiles, moduleState, places } from "./rules/habits.ts";
import { fileMap, projectFiles, TOP } from "./support/tree.ts";

const files = projectFiles();

describe("habits", () => {
  it("no long file without a reason", () => {
    expect(longFiles(files)).toEqual([]);
    const long = "line\n".repeat(201);
    const names = fileMap({
      "src/a.ts": long,
      "native/src/b.cc": `// Over 200 lines: one table.\n${long}`,
      "docs/c.md": long,
    });
    expect(longFiles(names)).toEqual(["src/a.ts has 201 lines"]);
  });

  it("no test is left out", () => {
    expect(leftOutTests(files)).toEqual([]);
    for (const text of [
      "it.only('x', f);",
      "describe.skip('x', f);",
      "it.concurrent.todo('x');",
      "test.skipIf(a)('x', f);",
    ]) {
      expect(leftOutTests(fileMap({ "test/unit/x.test.ts": text }))).toHaveLength(1);
    }
    expect(
      leftOutTests(fileMap({ "test/unit/x.test.ts": "it('x', (context) => context.skip());" })),
    ).toHaveLength(1);
    expect(
      leftOutTests(fileMap({ "test/unit/x.test.ts": "it('x', (context) => context.skip('why'));" })),
    ).toEqual([]);
  });

  it("no state in modules, no default exports", () => {
    expect(moduleState(files)).toEqual([]);
    for (const text of ["let a = 1;", "export let a = 1;", "var a;", "export default 1;"]) {
      expect(moduleState(fileMap({ "src/shared/x.ts": text }))).toHaveLength(1);
    }
    expect(
      moduleState(
        fileMap({ "src/shared/x.ts": "export const a = 1; function f() { let b = 1; return b; }" }),
      ),
    ).toEqual([]);
  });

  it("no place of one machine or network", () => {
    expect(places(files, TOP)).toEqual([]);
    const slash = "/";
    for (const text of [
      `${slash}home/peter/x`,
      `see ${slash}work/main`,
      ["deb", "debian", "org"].join("."),
      "cd /srv/checkout",
    ]) {
      expect(places(fileMap({ "docs/x.md": text }), "/srv/checkout")).toHaveLength(1);
    }
    const lock = `{ "resolved": "${"https"}://example.org/a.tgz" }`;
    expect(places(fileMap({ "package-lock.json": lock }), "/srv/checkout")).toHaveLength(1);
    expect(
      places(fileMap({ "scripts/x.sh": "mkdir /overlay/work/x $HOME/work/y" }), "/srv/checkout"),
    ).toEqual([]);
  });
});
