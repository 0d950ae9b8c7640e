import { describe, expect, it } from "vitest";
import { failedFiles, failures, withSecond } from "../../../scripts/suite/failures.ts";
import { countReport, countStatus, line, sum, type VitestReport } from "../../../scripts/suite/totals.ts";

const result = (status: string, fullName = "works") => ({
  fullName,
  status,
  failureMessages: status === "failed" ? ["Error: no\n  at line 3"] : [],
});

const clean: VitestReport = {
  success: true,
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 1,
  numTodoTests: 1,
  testResults: [{ name: "a.test.ts", status: "passed", assertionResults: [result("passed")] }],
};

const broken = { name: "c.test.ts", status: "failed", message: "cannot import", assertionResults: [] };

describe("totals", () => {
  it("of a clean report", () => {
    expect(countReport(clean, 0)).toEqual({ passed: 3, failed: 0, skipped: 2 });
  });

  it("count failed tests once", () => {
    const testResults = [
      { name: "b.test.ts", status: "failed", assertionResults: [result("failed"), result("passed")] },
    ];
    const report = { ...clean, success: false, numFailedTests: 1, testResults };
    expect(countReport(report, 1)).toEqual({ passed: 3, failed: 1, skipped: 2 });
  });

  it("count a file that did not load", () => {
    const report = { ...clean, success: false, testResults: [broken] };
    expect(countReport(report, 1).failed).toBe(1);
  });

  it("count a runner that died, with or without a report", () => {
    expect(countReport(clean, null).failed).toBe(1);
    expect(countReport(clean, 1).failed).toBe(1);
    expect(countReport({ ...clean, success: false }, 0).failed).toBe(1);
    expect(countReport(null, 0)).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });

  it("are summed into one line", () => {
    expect(line(sum([countReport(clean, 0), countStatus(0), countStatus(2)]))).toBe(
      "4 passed, 1 failed, 2 skipped",
    );
    expect(line(sum([]))).toBe("0 passed, 0 failed");
  });
});

describe("failures", () => {
  const bad = {
    name: "b.test.ts",
    status: "failed",
    assertionResults: [result("failed", "does not"), result("passed")],
  };
  const report = { ...clean, success: false, testResults: [...clean.testResults, bad, broken] };

  it("are named with file, test and the first line of why", () => {
    expect(failures(report)).toEqual(["b.test.ts: does not: Error: no", "c.test.ts: cannot import"]);
    expect(failures(null)).toEqual(["the runner left no report"]);
    expect(failedFiles(report)).toEqual(["b.test.ts", "c.test.ts"]);
  });

  it("that pass when they run again are replaced, and counted once", () => {
    const good = { ...bad, status: "passed", assertionResults: [result("passed"), result("passed")] };
    const second = { ...clean, testResults: [good, broken] };
    expect(countReport(withSecond(report, second), 1)).toEqual({ passed: 3, failed: 1, skipped: 0 });
    const third = { ...clean, testResults: [good, { ...good, name: "c.test.ts" }] };
    expect(countReport(withSecond(report, third), 0)).toEqual({ passed: 5, failed: 0, skipped: 0 });
    expect(failures(withSecond(report, third))).toEqual([]);
  });
});
