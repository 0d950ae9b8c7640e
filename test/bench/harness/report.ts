import { cpus, release, totalmem } from "node:os";
import { percentile } from "./stats.ts";

/** What a row is compared with, and what came of it (QA-3). */
export interface MeasuredRow {
  readonly name: string;
  readonly reference: string;
  readonly runs: number;
  readonly p50: number;
  readonly p99: number;
  readonly unit: string;
  readonly referenceP50: number;
  /** p50 over the reference's p50. */
  readonly ratio: number;
  /** Every measurement, in the order in which it was taken: a host that slowed down meanwhile is seen here. */
  readonly samples: { readonly subject: readonly number[]; readonly reference: readonly number[] };
  /** Medians of the parts, in the same unit, in order. */
  readonly stages?: readonly { readonly name: string; readonly p50: number }[];
  /** Resident memory of programs in MiB: before, at most while, and after what was measured. */
  readonly memory?: readonly MemoryUse[];
}

export interface MemoryUse {
  readonly name: string;
  /** Null: it was not there. */
  readonly before: number | null;
  readonly max: number;
  readonly after: number | null;
}

export interface SkippedRow {
  readonly name: string;
  readonly skipped: string;
}

export type Row = MeasuredRow | SkippedRow;

export interface Report {
  readonly machine: {
    readonly cpu: string;
    readonly cpus: number;
    readonly memoryMib: number;
    readonly kernel: string;
  };
  readonly rows: readonly Row[];
}

export function machine(): Report["machine"] {
  const all = cpus();
  return {
    cpu: all[0]?.model ?? "unknown",
    cpus: all.length,
    memoryMib: Math.round(totalmem() / 2 ** 20),
    kernel: release(),
  };
}

export function measuredRow(
  names: { name: string; reference: string; unit: string },
  samples: { subject: readonly number[]; reference: readonly number[] },
  stages?: readonly { name: string; samples: readonly number[] }[],
): MeasuredRow {
  const p50 = percentile(samples.subject, 50);
  const referenceP50 = percentile(samples.reference, 50);
  return {
    ...names,
    runs: samples.subject.length,
    p50: rounded(p50),
    p99: rounded(percentile(samples.subject, 99)),
    referenceP50: rounded(referenceP50),
    ratio: rounded(p50 / referenceP50),
    samples: { subject: samples.subject.map(rounded), reference: samples.reference.map(rounded) },
    ...(stages && {
      stages: stages.map((stage) => ({ name: stage.name, p50: rounded(percentile(stage.samples, 50)) })),
    }),
  };
}

function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

/** The cells of a row, as the table's head names them; of one that could not be measured, its name and why. */
export function line(row: Row): string[] {
  if ("skipped" in row) return [row.name, `skipped: ${row.skipped}`];
  const { name, p50, p99, unit, reference, referenceP50, ratio, runs } = row;
  return [
    name,
    `${p50} ${unit}`,
    `${p99} ${unit}`,
    reference,
    `${referenceP50} ${unit}`,
    ratio.toFixed(2),
    String(runs),
  ];
}

/** The rows as a person reads them; a row that could not be measured says why. */
export function table(report: Report): string {
  const { machine, rows } = report;
  const head = ["row", "p50", "p99", "reference", "p50", "ratio", "runs"];
  const lines = rows.map(line);
  const full = [head, ...lines.filter((line) => line.length === head.length)];
  const widths = head.map((_, column) => Math.max(...full.map((line) => line[column]?.length ?? 0)));
  const text = [head, ...lines].map((line) =>
    line
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
  const stages = rows.flatMap((row) =>
    "skipped" in row || !row.stages
      ? []
      : [`${row.name}: ${row.stages.map((each) => `${each.name} ${each.p50}`).join(", ")} ${row.unit}`],
  );
  const memory = rows.flatMap((row) =>
    "skipped" in row || !row.memory ? [] : row.memory.map((use) => `${row.name}: ${memoryText(use)}`),
  );
  return [
    `${machine.cpu}, ${machine.cpus} CPUs, ${machine.memoryMib} MiB, Linux ${machine.kernel}`,
    "",
    ...text,
    ...(stages.length ? ["", ...stages] : []),
    ...(memory.length ? ["", ...memory] : []),
    "",
  ].join("\n");
}

function memoryText({ name, before, max, after }: MemoryUse): string {
  const from = before === null ? "" : `${before} MiB before, `;
  const to = after === null ? "" : `, ${after} MiB after`;
  return `${name} ${from}${max} MiB at most${to}`;
}
