import type { VitestReport } from "./totals.ts";

/** The test files in which something failed, to be run again; none where the runner died before it could say. */
export function failedFiles(report: VitestReport | null): string[] {
  return (report?.testResults ?? []).filter(({ status }) => status === "failed").map(({ name }) => name);
}

/** What failed, a line each, for the end of the output: the reader of a long log starts there. */
export function failures(report: VitestReport | null): string[] {
  if (report === null) return ["the runner left no report"];
  return report.testResults.flatMap((file) => {
    const tests = file.assertionResults.filter(({ status }) => status === "failed");
    if (tests.length === 0)
      return file.status === "failed" ? [`${file.name}: ${firstLine(file.message)}`] : [];
    return tests.map((test) => `${file.name}: ${test.fullName}: ${firstLine(test.failureMessages[0])}`);
  });
}

/** A report as if each file that ran again had only run then. */
export function withSecond(first: VitestReport, second: VitestReport): VitestReport {
  const again = new Set(second.testResults.map(({ name }) => name));
  const testResults = [...first.testResults.filter(({ name }) => !again.has(name)), ...second.testResults];
  const statuses = testResults.flatMap((file) => file.assertionResults.map(({ status }) => status));
  const count = (status: string) => statuses.filter((each) => each === status).length;
  const [passed, failed, todo] = [count("passed"), count("failed"), count("todo")];
  return {
    success: testResults.every(({ status }) => status !== "failed"),
    numPassedTests: passed,
    numFailedTests: failed,
    numPendingTests: statuses.length - passed - failed - todo,
    numTodoTests: todo,
    testResults,
  };
}

const MOST_CHARACTERS = 300;

function firstLine(text: string | undefined): string {
  return (text ?? "").split("\n", 1)[0]?.slice(0, MOST_CHARACTERS) || "no message";
}
