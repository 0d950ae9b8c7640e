import { BangerError } from "./errors.ts";

/** The longest that Node can time: one more millisecond and a timer fires at once. */
const LONGEST_MS = 2 ** 31 - 1;
const UNITS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 };

/** Reads a duration such as `90s`, `500ms`, `2m` or `1m30s` and returns milliseconds. Throws ERR_BAD_DURATION. */
export function parseDuration(text: string): number {
  const trimmed = text.trim();
  const parts = [...trimmed.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
  const whole = parts.map(([part]) => part).join("") === trimmed;
  const value = parts.reduce((sum, [, count, unit]) => sum + Number(count) * (UNITS[unit ?? ""] ?? 0), 0);
  if (!whole || !Number.isSafeInteger(value) || value <= 0 || value > LONGEST_MS) {
    throw new BangerError("ERR_BAD_DURATION", `"${text}" is not a duration`, {
      next: "write a number with a unit, such as 90s or 2m, up to 24 days",
    });
  }
  return value;
}

/** `850ms`, `1.4s`, `2m05s`. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1_000) return `${Math.round(milliseconds)}ms`;
  if (milliseconds < 59_950) return `${(milliseconds / 1_000).toFixed(1)}s`;
  const seconds = Math.round(milliseconds / 1_000);
  return `${Math.floor(seconds / 60)}m${String(seconds % 60).padStart(2, "0")}s`;
}
