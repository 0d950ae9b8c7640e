import type { CheckStatus, DoctorCheck, DoctorReport } from "../../domain/doctor.ts";
import { sanitize } from "./sanitize.ts";
import type { Style } from "./style.ts";

/** One line per check, under it what led to it and what mends it; at the end, how many of each. */
export function renderReport({ checks }: DoctorReport, style: Style): string {
  const widest = Math.max(...checks.map(({ id }) => id.length));
  const lines = checks.flatMap((check) => linesOf(check, widest, style));
  return [...lines, "", summary(checks), ""].join("\n");
}

function linesOf(check: DoctorCheck, widest: number, style: Style): string[] {
  const indent = " ".repeat("pass".length + 2 + widest + 2);
  const head = `${coloured(check.status, style)}  ${check.id.padEnd(widest)}  ${sanitize(check.message)}`;
  return [
    head,
    ...check.details.map((detail) => style.dim(`${indent}${sanitize(detail)}`)),
    ...(check.next === null ? [] : [`${indent}next: ${sanitize(check.next)}`]),
    ...(check.command === null ? [] : [`${indent}run:  ${style.bold(sanitize(check.command))}`]),
  ];
}

function coloured(status: CheckStatus, style: Style): string {
  return { pass: style.green, warn: style.yellow, fail: style.red }[status](status);
}

function summary(checks: readonly DoctorCheck[]): string {
  const count = (status: CheckStatus) => checks.filter((check) => check.status === status).length;
  const [failed, warned] = [count("fail"), count("warn")];
  if (failed > 0) return `${failed} failed, ${warned} to look at: VMs do not run, or not all of them.`;
  if (warned > 0) return `Nothing failed, ${warned} to look at: VMs run.`;
  return "All is well.";
}
