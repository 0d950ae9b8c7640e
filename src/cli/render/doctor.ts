import type { CheckStatus, DoctorCheck, DoctorReport } from "../../domain/doctor.ts";
import { sanitize } from "./sanitize.ts";
import type { Style } from "./style.ts";

/** Narrower terminals get long lines all the same. */
const LEAST_COLUMNS = 40;

/** One line per check, under it what led to it and what mends it; at the end, how many of each. At a terminal of `columns`, words are not cut. */
export function renderReport({ checks }: DoctorReport, style: Style, columns?: number): string {
  const widest = Math.max(...checks.map(({ id }) => id.length));
  const lines = checks.flatMap((check) => linesOf(check, widest, style, columns ?? Number.POSITIVE_INFINITY));
  return [...lines, "", summary(checks), ""].join("\n");
}

function linesOf(check: DoctorCheck, widest: number, style: Style, columns: number): string[] {
  const indent = " ".repeat("pass".length + 2 + widest + 2);
  const room = columns - indent.length;
  const fold = (label: string, text: string) => folded(`${label}${sanitize(text)}`, label.length, room);
  const [first = "", ...more] = fold("", check.message);
  return [
    `${coloured(check.status, style)}  ${check.id.padEnd(widest)}  ${first}`,
    ...more.map((line) => `${indent}${line}`),
    ...check.details.flatMap((detail) => fold("", detail).map((line) => style.dim(`${indent}${line}`))),
    ...(check.next === null ? [] : fold("next: ", check.next).map((line) => `${indent}${line}`)),
    // A command is copied: it stays in one piece.
    ...(check.command === null ? [] : [`${indent}run:  ${style.bold(sanitize(check.command))}`]),
  ];
}

/** Lines of at most `room` characters, the second and later ones indented. */
function folded(text: string, hanging: number, room: number): string[] {
  if (room < LEAST_COLUMNS) return [text];
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last === undefined) lines.push(word);
    else if (last.length + 1 + word.length <= room) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`${" ".repeat(hanging)}${word}`);
  }
  return lines;
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
