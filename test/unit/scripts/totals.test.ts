import { describe, expect, it } from "vitest";
import { countReport, countStatus, line, sum, type VitestReport } from "../../../scripts/suite/totals.ts";

const clean: VitestReport = {
  success: true,
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 1,
  numTodoTests: 1,
  testResults: [{ status: "passed", assertionResults: [{ status: "passed" }] }],
};

describe("totals", () => {
  it("of a clean report", () => {
    expect(countReport(clean, 0)).toEqual({ passed: 3, failed: 0, skipped: 2 });
  });

  it("count failed tests once", () => {
    const testResults = [
      { status: "failed", assertionResults: [{ status: "failed" }, { status: "passed" }] },
    ];
    const report = { ...clean, success: false, numFailedTests: 1, testResults };
    expect(countReport(report, 1)).toEqual({ passed: 3, failed: 1, skipped: 2 });
  });

  it("count a file that did not load", () => {
    const report = { ...clean, success: false, testResults: [{ status: "failed", assertionResults: [] }] };
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
