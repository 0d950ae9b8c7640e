import type { MatrixReport } from "../../test/matrix/support/report.ts";
import { ALL_CELLS } from "../../test/support/cells.ts";

export interface PlacedReport {
  readonly place: string;
  readonly report: MatrixReport;
}

interface Row {
  readonly cell: string;
  /** Null where it ran nowhere. */
  readonly place: string | null;
  readonly steps: Readonly<Record<string, string>>;
}

const STEPS = [
  ...["create", "exec", "stop", "start", "kill", "panic", "VMM SIGKILL", "daemon SIGKILL", "delete"],
];

/** Each cell once, from the first place where it ran; a cell that ran nowhere has the reasons of all. */
export function merge(reports: readonly PlacedReport[]): Row[] {
  return ALL_CELLS.map(({ name: cell }) => {
    const there = reports.filter(({ report }) => Object.keys(report[cell] ?? {}).length > 0);
    const ran = there.find(({ report }) => Object.values(report[cell] ?? {}).some((each) => !isSkip(each)));
    const at = ran ?? there[0];
    return { cell, place: ran?.place ?? null, steps: at?.report[cell] ?? {} };
  });
}

const isSkip = (result: string) => result.startsWith("skipped: ");

/** docs/matrix.md. */
export function table(rows: readonly Row[]): string {
  const head = `| cell | where | ${STEPS.join(" | ")} |\n| --- | --- |${STEPS.map(() => " --- |").join("")}\n`;
  const body = rows.map(({ cell, place, steps }) => {
    const marks = STEPS.map((step) => markOf(steps[step]));
    return `| ${cell} | ${place ?? reasonOf(steps)} | ${marks.join(" | ")} |\n`;
  });
  return `# Every VMM with every storage driver

Written by \`make test-matrix\`. In each cell one VM goes through all steps in this order; before each end both disks are marked and synced,
after it the host's inventory (processes, links, routes, nftables, loops, device-mapper, mounts, cgroups, sockets, files) must be what it
was, and the next start must find both marks. *host* is the machine itself, *lab* the nested test machine ([lab.md](lab.md)).

${head}${body.join("")}`;
}

function markOf(result: string | undefined): string {
  if (result === undefined || isSkip(result)) return "·";
  return result === "passed" ? "✓" : "✗";
}

function reasonOf(steps: Row["steps"]): string {
  return `not run: ${(Object.values(steps)[0] ?? "skipped: no report").replace("skipped: ", "")}`;
}
