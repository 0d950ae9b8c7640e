import { stripVTControlCharacters } from "node:util";

/** Columns aligned by their widest cell, two spaces apart, no blanks at a line's end. Cells may be coloured. */
export function table(header: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [header, ...rows];
  const widths = header.map((_, column) => Math.max(...lines.map((line) => width(line[column] ?? ""))));
  return lines
    .map((line) =>
      line
        .map((cell, column) => pad(cell, widths[column] ?? 0))
        .join("  ")
        .trimEnd(),
    )
    .map((line) => `${line}\n`)
    .join("");
}

/** `key:  value` lines, values aligned. */
export function details(pairs: readonly (readonly [string, string])[]): string {
  const widest = Math.max(...pairs.map(([key]) => width(key)));
  return pairs.map(([key, value]) => `${pad(`${key}:`, widest + 1)}  ${value}\n`).join("");
}

function pad(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - width(text)));
}

function width(text: string): number {
  return [...stripVTControlCharacters(text)].length;
}
