import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { runRounds, takesTwo } from "../../../scripts/suite/lanes.ts";
import type { Round } from "../../../scripts/suite/round.ts";
import { Screen } from "../../../scripts/suite/screen.ts";

let top = "";
let shown = "";
beforeEach(() => {
  top = mkdtempSync(path.join(tmpdir(), "banger-lanes-"));
  mkdirSync(path.join(top, "build/test"), { recursive: true });
  shown = "";
});
afterEach(() => rmSync(top, { recursive: true }));

const screen = () =>
  new Screen((text) => {
    shown += text;
  });

/** A round that is a shell script in `top`; one that waits for a file does so until the test's time is over. */
const sh = (name: string, script: string, rest: Partial<Round> = {}): Round => ({
  name,
  argv: ["sh", "-c", `await() { until [ -e "$1" ]; do sleep 0.02; done; }; ${script}`],
  ...rest,
});
const passed = { passed: 1, failed: 0, skipped: 0 };

describe("rounds of the suite", () => {
  it("run one after another, each whatever the others did, where the host is for one", async () => {
    const rounds = [
      sh("first", "exit 3"),
      sh("beside", "[ ! -e second ]", { beside: true }),
      sh("skipped", "touch skipped", { skip: "no reason" }),
      sh("second", "touch second"),
      { name: "none", argv: ["/no/such/program"] },
    ];
    const done = await runRounds(top, rounds, false, screen());
    expect(done.map(({ round, totals }) => [round.name, totals])).toEqual([
      ["first", { passed: 0, failed: 1, skipped: 0 }],
      ["beside", passed],
      ["skipped", { passed: 0, failed: 0, skipped: 0 }],
      ["second", passed],
      ["none", { passed: 0, failed: 1, skipped: 0 }],
    ]);
    expect(existsSync(path.join(top, "skipped"))).toBe(false);
    expect(shown).toContain("== skipped: not run: no reason\n");
    expect(shown).toContain("/no/such/program does not start");
  });

  it("run two at once where it is for two, and are told in their order", async () => {
    const rounds = [
      sh("one", "await two-runs; touch one-ran"),
      sh("two", "touch two-runs; await one-ran; echo of two", { beside: true }),
      sh("three", "[ -e one-ran ]"),
    ];
    const done = await runRounds(top, rounds, true, screen());
    expect(done.map(({ round, totals }) => [round.name, totals])).toEqual([
      ["one", passed],
      ["two", passed],
      ["three", passed],
    ]);
    expect(shown).toContain("== two\nof two\n");
    expect(readFileSync(path.join(top, "build/test/two.log"), "utf8")).toContain("of two\n");
  });

  it("wait for the one that they come after, and know that it was", async () => {
    const after = { name: "base", env: { BASE: "ready" } };
    const late = sh("late", '[ "$BASE" = ready ] && [ -e base ]', { beside: true, after });
    const rounds = [sh("before", "sleep 0.1"), sh("base", "touch base"), late];
    const done = await runRounds(top, rounds, true, screen());
    expect(done.at(-1)?.totals).toEqual(passed);
    const alone = await runRounds(top, [sh("late", '[ -z "$BASE" ]', { after })], true, screen());
    expect(alone[0]?.totals).toEqual(passed);
  });

  it("are never two at once where that is not wanted", () => {
    expect(takesTwo({ TEST_LANES: "1" })).toBe(false);
  });
});

it("what a round beside has written is shown whole, between two others", () => {
  const both = screen();
  const live = both.live();
  live.write("one\n");
  const kept = both.kept(path.join(top, "kept.log"));
  kept.write("beside\n");
  live.write("one\n");
  kept.close();
  live.write("one\n");
  live.close();
  expect(shown).toBe("one\none\none\nbeside\n");
});
